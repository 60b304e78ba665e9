;;! about  = "address and static offset only together leave the memory, past 2^32"
;;! invoke = "trap"
;;! args   = [4]
;;! on     = "traps out of bounds memory access"
;;! off    = "traps out of bounds memory access"
(module
  (memory 1)
  (func (export "trap") (param $address i32) (result i32)
    (i32.load offset=0xffff_ffff (local.get $address))))
