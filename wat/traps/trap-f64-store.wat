;;! about  = "eight bytes, the last beyond the end"
;;! invoke = "trap"
;;! args   = [65529]
;;! on     = "traps out of bounds memory access"
;;! off    = "traps out of bounds memory access"
(module
  (memory (export "memory") 1)
  (func (export "trap") (param $address i32)
    (f64.store (local.get $address) (f64.const 1.5))))
