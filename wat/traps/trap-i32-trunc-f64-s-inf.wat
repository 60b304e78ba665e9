;;! about  = "nor is infinity, but the trap is another"
;;! invoke = "trap"
;;! args   = [inf]
;;! on     = "traps integer overflow"
;;! off    = "traps integer overflow"
(module
  (func (export "trap") (param $x f64) (result i32)
    (i32.trunc_f64_s (local.get $x))))
