;;! about  = "the same with no more Wasm after it: success, or an interruption?"
;;! invoke = "run"
;;! on     = "interrupted or returns"
;;! off    = "returns"
;;! seen   = ["wasmtime: success, 2 s late", "wazero: an interruption, 3 s late"]
(module
  (func $sleep (import "host" "sleep-deaf") (param i32))
  (func (export "run")
    (call $sleep (i32.const 80))))
