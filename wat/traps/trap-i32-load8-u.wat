;;! about  = "one byte beyond the end"
;;! invoke = "trap"
;;! args   = [65536]
;;! on     = "traps out of bounds memory access"
;;! off    = "traps out of bounds memory access"
(module
  (memory 1)
  (func (export "trap") (param $address i32) (result i32)
    (i32.load8_u (local.get $address))))
