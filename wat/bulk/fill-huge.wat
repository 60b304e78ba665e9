;;! about  = "one memory.fill of 1 GiB"
;;! invoke = "fill"
;;! needs  = ["bulk-memory"]
;;! on     = "interrupted"
;;! off    = "runs-on or returns"
;;! seen   = ["bytecodealliance/wasmtime#14047: over 15 s", "V8: 11.5 s"]
(module
  (memory 16384)
  (func (export "fill")
    (memory.fill (i32.const 0) (i32.const 1) (i32.const 0x4000_0000))))
