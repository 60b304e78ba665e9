;;! about  = "an address that only exists in 64 bits"
;;! invoke = "trap"
;;! args   = [0x1_0000_0000]
;;! needs  = ["memory64"]
;;! on     = "traps out of bounds memory access"
;;! off    = "traps out of bounds memory access"
(module
  (memory i64 1)
  (func (export "trap") (param $address i64) (result i32)
    (i32.load (local.get $address))))
