;;! about  = "18446744073709551616 fits no unsigned i64"
;;! invoke = "trap"
;;! args   = [18446744073709551616.0]
;;! on     = "traps integer overflow"
;;! off    = "traps integer overflow"
(module
  (func (export "trap") (param $x f64) (result i64)
    (i64.trunc_f64_u (local.get $x))))
