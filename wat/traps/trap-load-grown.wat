;;! about  = "the new end of a memory that has grown"
;;! invoke = "trap"
;;! on     = "traps out of bounds memory access"
;;! off    = "traps out of bounds memory access"
(module
  (memory 1 2)
  (func (export "trap") (result i32)
    (drop (memory.grow (i32.const 1)))
    (drop (i32.load (i32.const 131068)))
    (i32.load (i32.const 131069))))
