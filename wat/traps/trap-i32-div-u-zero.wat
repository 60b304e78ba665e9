;;! about  = "i32.div_u by zero"
;;! invoke = "trap"
;;! args   = [7, 0]
;;! on     = "traps integer divide by zero"
;;! off    = "traps integer divide by zero"
(module
  (func (export "trap") (param $x i32) (param $y i32) (result i32)
    (i32.div_u (local.get $x) (local.get $y))))
