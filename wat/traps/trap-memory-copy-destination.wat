;;! about  = "the destination ends beyond the memory"
;;! invoke = "trap"
;;! needs  = ["bulk-memory"]
;;! on     = "traps out of bounds memory access"
;;! off    = "traps out of bounds memory access"
(module
  (memory (export "memory") 1)
  (func (export "trap")
    (memory.copy (i32.const 65000) (i32.const 0) (i32.const 537))))
