;;! about  = "i64.div_u by zero"
;;! invoke = "trap"
;;! args   = [7, 0]
;;! on     = "traps integer divide by zero"
;;! off    = "traps integer divide by zero"
(module
  (func (export "trap") (param $x i64) (param $y i64) (result i64)
    (i64.div_u (local.get $x) (local.get $y))))
