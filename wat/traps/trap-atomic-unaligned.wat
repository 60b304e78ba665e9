;;! about  = "an atomic access must be aligned"
;;! invoke = "trap"
;;! args   = [2]
;;! needs  = ["threads"]
;;! on     = "traps unaligned atomic"
;;! off    = "traps unaligned atomic"
(module
  (memory 1 1 shared)
  (func (export "trap") (param $address i32) (result i32)
    (i32.atomic.load (local.get $address))))
