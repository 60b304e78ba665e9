;;! about  = "i32.div_s by zero"
;;! invoke = "trap"
;;! args   = [7, 0]
;;! on     = "traps integer divide by zero"
;;! off    = "traps integer divide by zero"
(module
  (func (export "trap") (param $x i32) (param $y i32) (result i32)
    (i32.div_s (local.get $x) (local.get $y))))
