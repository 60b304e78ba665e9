;;! about  = "no byte at all, but beyond the end"
;;! invoke = "trap"
;;! needs  = ["bulk-memory"]
;;! on     = "traps out of bounds memory access"
;;! off    = "traps out of bounds memory access"
(module
  (memory 1)
  (func (export "trap")
    (memory.fill (i32.const 65537) (i32.const 7) (i32.const 0))))
