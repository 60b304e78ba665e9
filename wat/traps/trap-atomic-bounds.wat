;;! about  = "an atomic access beyond the end"
;;! invoke = "trap"
;;! args   = [65536]
;;! needs  = ["threads"]
;;! on     = "traps out of bounds memory access"
;;! off    = "traps out of bounds memory access"
(module
  (memory 1 1 shared)
  (func (export "trap") (param $address i32) (result i64)
    (i64.atomic.rmw.add (local.get $address) (i64.const 1))))
