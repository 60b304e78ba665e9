;;! about  = "the source ends beyond its array"
;;! invoke = "trap"
;;! needs  = ["gc"]
;;! on     = "traps out of bounds array access"
;;! off    = "traps out of bounds array access"
(module
  (type $bytes (array (mut i8)))
  (func (export "trap")
    (array.copy $bytes $bytes
      (array.new_default $bytes (i32.const 8)) (i32.const 0)
      (array.new_default $bytes (i32.const 4)) (i32.const 1)
      (i32.const 4))))
