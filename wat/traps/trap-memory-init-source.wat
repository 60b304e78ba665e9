;;! about  = "the range ends beyond the segment"
;;! invoke = "trap"
;;! needs  = ["bulk-memory"]
;;! on     = "traps out of bounds memory access"
;;! off    = "traps out of bounds memory access"
(module
  (memory (export "memory") 1)
  (data $segment "abcd")
  (func (export "trap")
    (memory.init $segment (i32.const 0) (i32.const 1) (i32.const 4))))
