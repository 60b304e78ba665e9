;;! about  = "nothing but vector operations"
;;! invoke = "spin"
;;! needs  = ["simd"]
;;! on     = "interrupted"
;;! off    = "runs-on"
(module
  (func (export "spin")
    (local $v v128)
    (loop $again
      (local.set $v (i32x4.add (local.get $v) (v128.const i32x4 1 2 3 4)))
      (br $again))))
