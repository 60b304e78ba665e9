;;! about  = "a segment that was dropped is empty"
;;! invoke = "trap"
;;! needs  = ["bulk-memory"]
;;! on     = "traps out of bounds memory access"
;;! off    = "traps out of bounds memory access"
(module
  (memory 1)
  (data $segment "abcd")
  (func (export "trap")
    (data.drop $segment)
    (memory.init $segment (i32.const 0) (i32.const 0) (i32.const 1))))
