//! What can be switched, by the names of harness/standard/features.py.

use wasmi::Config;

type Switch = fn(&mut Config, bool) -> &mut Config;

const SWITCHES: [(&str, Switch); 14] = [
    ("mutable-globals", Config::wasm_mutable_global),
    ("sign-extension", Config::wasm_sign_extension),
    ("saturating-conversions", Config::wasm_saturating_float_to_int),
    ("multi-value", Config::wasm_multi_value),
    ("reference-types", Config::wasm_reference_types),
    ("bulk-memory", Config::wasm_bulk_memory),
    ("simd", Config::wasm_simd),
    ("extended-const", Config::wasm_extended_const),
    ("tail-call", Config::wasm_tail_call),
    ("multi-memory", Config::wasm_multi_memory),
    ("memory64", Config::wasm_memory64),
    ("relaxed-simd", Config::wasm_relaxed_simd),
    ("custom-page-sizes", Config::wasm_custom_page_sizes),
    ("wide-arithmetic", Config::wasm_wide_arithmetic),
];

/// Switches on what is wanted, None for everything, and nothing else; the names of what that comes to.
pub fn choose(config: &mut Config, wanted: Option<&[String]>) -> Vec<&'static str> {
    let wants = |name: &str| wanted.is_none_or(|names| names.iter().any(|wish| wish == name));
    let mut chosen = Vec::new();
    if wants("mvp") {
        chosen.push("mvp");
    }
    for (name, switch) in SWITCHES {
        switch(config, wants(name));
        if wants(name) {
            chosen.push(name);
        }
    }
    chosen
}
