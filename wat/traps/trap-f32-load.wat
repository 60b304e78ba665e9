;;! about  = "four bytes, the last beyond the end"
;;! invoke = "trap"
;;! args   = [65533]
;;! on     = "traps out of bounds memory access"
;;! off    = "traps out of bounds memory access"
(module
  (memory 1)
  (func (export "trap") (param $address i32) (result f32)
    (f32.load (local.get $address))))
