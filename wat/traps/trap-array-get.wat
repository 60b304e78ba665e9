;;! about  = "the element after the last"
;;! invoke = "trap"
;;! args   = [4]
;;! needs  = ["gc"]
;;! on     = "traps out of bounds array access"
;;! off    = "traps out of bounds array access"
(module
  (type $bytes (array i8))
  (func (export "trap") (param $i i32) (result i32)
    (array.get_s $bytes (array.new_default $bytes (i32.const 4)) (local.get $i))))
