;;! about  = "two bytes, the second beyond the end"
;;! invoke = "trap"
;;! args   = [65535]
;;! on     = "traps out of bounds memory access"
;;! off    = "traps out of bounds memory access"
(module
  (memory 1)
  (func (export "trap") (param $address i32) (result i32)
    (i32.load16_s (local.get $address))))
