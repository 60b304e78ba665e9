;;! about  = "the highest addresses there are"
;;! invoke = "trap"
;;! args   = [-8]
;;! on     = "traps out of bounds memory access"
;;! off    = "traps out of bounds memory access"
(module
  (memory 1)
  (func (export "trap") (param $address i32) (result f64)
    (f64.load (local.get $address))))
