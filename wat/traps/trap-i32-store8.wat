;;! about  = "one byte beyond the end"
;;! invoke = "trap"
;;! args   = [65536]
;;! on     = "traps out of bounds memory access"
;;! off    = "traps out of bounds memory access"
(module
  (memory (export "memory") 1)
  (func (export "trap") (param $address i32)
    (i32.store8 (local.get $address) (i32.const -1))))
