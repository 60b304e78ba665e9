;;! about  = "eight bytes, the last beyond the end"
;;! invoke = "trap"
;;! args   = [65529]
;;! on     = "traps out of bounds memory access"
;;! off    = "traps out of bounds memory access"
(module
  (memory 1)
  (func (export "trap") (param $address i32) (result i64)
    (i64.load (local.get $address))))
