;;! about  = "the range ends beyond the memory: nothing is written"
;;! invoke = "trap"
;;! needs  = ["bulk-memory"]
;;! on     = "traps out of bounds memory access"
;;! off    = "traps out of bounds memory access"
(module
  (memory (export "memory") 1)
  (func (export "trap")
    (memory.fill (i32.const 65000) (i32.const 7) (i32.const 537))))
