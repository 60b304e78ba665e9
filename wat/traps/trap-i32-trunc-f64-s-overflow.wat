;;! about  = "2147483648 fits no signed i32"
;;! invoke = "trap"
;;! args   = [2147483648.0]
;;! on     = "traps integer overflow"
;;! off    = "traps integer overflow"
(module
  (func (export "trap") (param $x f64) (result i32)
    (i32.trunc_f64_s (local.get $x))))
