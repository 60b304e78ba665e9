;;! about  = "four bytes, the last beyond the end"
;;! invoke = "trap"
;;! args   = [65533]
;;! on     = "traps out of bounds memory access"
;;! off    = "traps out of bounds memory access"
(module
  (memory (export "memory") 1)
  (func (export "trap") (param $address i32)
    (i32.store (local.get $address) (i32.const -1))))
