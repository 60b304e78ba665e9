;;! about  = "a function of the host sleeps past the deadline, deaf to it; the Wasm after it must not run for long"
;;! invoke = "run"
;;! on     = "interrupted"
;;! off    = "runs-on"
;;! seen   = ["extism/extism#637", "WasmEdge/WasmEdge#1511"]
(module
  (func $sleep (import "host" "sleep-deaf") (param i32))
  (func (export "run")
    (call $sleep (i32.const 80))
    (loop $again (br $again))))
