;;! about  = "-1 fits no unsigned i32"
;;! invoke = "trap"
;;! args   = [-1.0]
;;! on     = "traps integer overflow"
;;! off    = "traps integer overflow"
(module
  (func (export "trap") (param $x f32) (result i32)
    (i32.trunc_f32_u (local.get $x))))
