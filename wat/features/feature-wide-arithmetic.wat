;;! about  = "a sum of 128 bits"
;;! invoke = "run"
;;! needs  = ["wide-arithmetic"]
;;! on     = "returns 1"
;;! off    = "returns 1"
(module
  (func (export "run") (result i64)
    (local $high i64)
    (i64.add128 (i64.const -1) (i64.const 0) (i64.const 1) (i64.const 0))
    (local.set $high)
    (drop)
    (local.get $high)))
