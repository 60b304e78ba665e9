;;! about  = "eight bytes at the highest address"
;;! invoke = "trap"
;;! args   = [-1]
;;! on     = "traps out of bounds memory access"
;;! off    = "traps out of bounds memory access"
(module
  (memory (export "memory") 1)
  (func (export "trap") (param $address i32)
    (i64.store (local.get $address) (i64.const -1))))
