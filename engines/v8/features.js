"use strict";

// What the V8 at hand offers, found by trying: for each feature of harness/standard/features.py a module that
// needs it. The bytes are what follows the header; the text above them is what they are assembled from.

const PROBES = {
  // (module)
  "mvp": "",
  // (module (global (export "g") (mut i32) (i32.const 0)))
  "mutable-globals": "0606017f0141000b07050101670300",
  // (module (func (drop (i32.extend8_s (i32.const 0)))))
  "sign-extension": "010401600000030201000a080106004100c01a0b",
  // (module (func (drop (i32.trunc_sat_f32_s (f32.const 0)))))
  "saturating-conversions": "010401600000030201000a0c010a004300000000fc001a0b",
  // (module (func (result i32 i32) (i32.const 0) (i32.const 0)))
  "multi-value": "0106016000027f7f030201000a08010600410041000b",
  // (module (table 0 externref) (func (drop (ref.null func)) (drop (table.size 0))))
  "reference-types": "010401600000030201000404016f00000a0b010900d0701afc10001a0b",
  // (module (memory 1) (func (memory.fill (i32.const 0) (i32.const 0) (i32.const 0))))
  "bulk-memory": "0104016000000302010005030100010a0d010b00410041004100fc0b000b",
  // (module (func (drop (i8x16.popcnt (v128.const i64x2 0 0)))))
  "simd": "010401600000030201000a19011700fd0c00000000000000000000000000000000fd621a0b",
  // (module (global i32 (i32.add (i32.const 0) (i32.const 0))))
  "extended-const": "0609017f00410041006a0b",
  // (module (func (return_call 0)))
  "tail-call": "010401600000030201000a0601040012000b",
  // (module (memory 1) (memory 1))
  "multi-memory": "05050200010001",
  // (module (memory i64 1) (table i64 1 funcref) (func (drop (i32.load (i64.const 0)))))
  "memory64": "0104016000000302010004040170040105030104010a0a01080042002802001a0b",
  // (module (type $f (func)) (func (param (ref $f)) (call_ref $f (local.get 0))))
  "function-references": "0109026000006001640000030201010a08010600200014000b",
  // (module (type $s (sub (struct (field i8)))) (func (param eqref) (drop (ref.cast (ref $s) (local.get 0)))))
  "gc": "010b0250005f01780060016d00030201010a0a0108002000fb16001a0b",
  // (module (func (block (try_table (catch_all 0)))) (func (param exnref) (throw_ref (local.get 0))))
  "exceptions": "0108026000006001690003030200010a13020b0002401f400102000b0b0b050020000a0b",
  // (module (func (param v128) (drop (i8x16.relaxed_swizzle (local.get 0) (local.get 0)))))
  "relaxed-simd": "01050160017b00030201000a0c010a0020002000fd80021a0b",
  // (module (memory 1 1 shared) (func (drop (i32.atomic.load (i32.const 0)))))
  "threads": "010401600000030201000504010301010a0b0109004100fe1002001a0b",
  // (module (memory 1 (pagesize 1)))
  "custom-page-sizes": "050401080100",
  // (module (func (param i64) (local.get 0) (local.get 0) (i64.mul_wide_u) (drop) (drop)))
  "wide-arithmetic": "01050160017e00030201000a0c010a0020002000fc161a1a0b",
};

const HEADER = "0061736d01000000";

const bytesOf = (hex) => Uint8Array.from(hex.match(/../g), (byte) => parseInt(byte, 16));

/** The names of the features that there are. */
function features() {
  return Object.keys(PROBES).filter((name) => WebAssembly.validate(bytesOf(HEADER + PROBES[name])));
}

module.exports = { features };
