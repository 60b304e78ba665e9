;;! about  = "a function of the host sleeps for a minute, and would wake up when its context is done"
;;! invoke = "run"
;;! covers = ["host"]
;;! ways   = ["deadline", "cancel"]
;;! on     = "interrupted"
;;! off    = "interrupted or runs-on"
;;! seen   = ["extism/extism#637", "WasmEdge/WasmEdge#1511"]
(module
  (func $sleep (import "host" "sleep") (param i32))
  (func (export "run")
    (call $sleep (i32.const 60_000))))
