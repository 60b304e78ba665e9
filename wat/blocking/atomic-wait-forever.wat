;;! about  = "waits for a notification that never comes"
;;! invoke = "wait"
;;! needs  = ["threads"]
;;! covers = ["blocking"]
;;! on     = "interrupted"
;;! off    = "runs-on"
;;! seen   = ["bytecodealliance/wasmtime#12809: never returns", "wazero: never returns"]
(module
  (memory 1 1 shared)
  (func (export "wait") (result i32)
    (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1))))
