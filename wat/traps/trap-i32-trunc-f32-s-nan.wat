;;! about  = "a NaN is no integer"
;;! invoke = "trap"
;;! args   = [nan]
;;! on     = "traps invalid conversion to integer"
;;! off    = "traps invalid conversion to integer"
(module
  (func (export "trap") (param $x f32) (result i32)
    (i32.trunc_f32_s (local.get $x))))
