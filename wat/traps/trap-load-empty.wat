;;! about  = "a memory of no pages has no first byte"
;;! invoke = "trap"
;;! on     = "traps out of bounds memory access"
;;! off    = "traps out of bounds memory access"
(module
  (memory 0)
  (func (export "trap") (result i32)
    (i32.load8_u (i32.const 0))))
