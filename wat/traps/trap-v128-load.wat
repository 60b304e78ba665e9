;;! about  = "sixteen bytes, the last beyond the end"
;;! invoke = "trap"
;;! args   = [65521]
;;! needs  = ["simd"]
;;! on     = "traps out of bounds memory access"
;;! off    = "traps out of bounds memory access"
(module
  (memory 1)
  (func (export "trap") (param $address i32)
    (drop (v128.load (local.get $address)))))
