;;! about  = "the element after the last is written"
;;! invoke = "trap"
;;! args   = [4]
;;! needs  = ["gc"]
;;! on     = "traps out of bounds array access"
;;! off    = "traps out of bounds array access"
(module
  (type $longs (array (mut i64)))
  (func (export "trap") (param $i i32)
    (array.set $longs (array.new_default $longs (i32.const 4)) (local.get $i) (i64.const 1))))
