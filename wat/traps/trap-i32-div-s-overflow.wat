;;! about  = "the least i32 divided by -1"
;;! invoke = "trap"
;;! args   = [0x8000_0000, -1]
;;! on     = "traps integer overflow"
;;! off    = "traps integer overflow"
(module
  (func (export "trap") (param $x i32) (param $y i32) (result i32)
    (i32.div_s (local.get $x) (local.get $y))))
