;;! about  = "9223372036854775808 fits no signed i64"
;;! invoke = "trap"
;;! args   = [9223372036854775808.0]
;;! on     = "traps integer overflow"
;;! off    = "traps integer overflow"
(module
  (func (export "trap") (param $x f32) (result i64)
    (i64.trunc_f32_s (local.get $x))))
