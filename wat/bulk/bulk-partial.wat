;;! about  = "one memory.fill of 1 GiB into a memory that can be read afterwards"
;;! invoke = "fill"
;;! needs  = ["bulk-memory"]
;;! on     = "interrupted"
;;! off    = "runs-on or returns"
(module
  (memory (export "memory") 16384)
  (func (export "fill")
    (memory.fill (i32.const 0) (i32.const 1) (i32.const 0x4000_0000))))
