;;! about  = "the least i64 divided by -1"
;;! invoke = "trap"
;;! args   = [0x8000_0000_0000_0000, -1]
;;! on     = "traps integer overflow"
;;! off    = "traps integer overflow"
(module
  (func (export "trap") (param $x i64) (param $y i64) (result i64)
    (i64.div_s (local.get $x) (local.get $y))))
