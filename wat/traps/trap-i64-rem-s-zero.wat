;;! about  = "i64.rem_s by zero"
;;! invoke = "trap"
;;! args   = [7, 0]
;;! on     = "traps integer divide by zero"
;;! off    = "traps integer divide by zero"
(module
  (func (export "trap") (param $x i64) (param $y i64) (result i64)
    (i64.rem_s (local.get $x) (local.get $y))))
