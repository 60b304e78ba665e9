;;! about  = "the range ends beyond the array"
;;! invoke = "trap"
;;! needs  = ["gc"]
;;! on     = "traps out of bounds array access"
;;! off    = "traps out of bounds array access"
(module
  (type $bytes (array (mut i8)))
  (func (export "trap")
    (array.fill $bytes (array.new_default $bytes (i32.const 4)) (i32.const 1) (i32.const 7) (i32.const 4))))
