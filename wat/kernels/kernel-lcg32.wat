;;! about  = "a linear congruential generator of 32 bits: one chain of dependent multiplications"
;;! invoke = "run"
;;! args   = [100000]
;;! on     = "returns 289420874"
;;! off    = "returns 289420874"
;;! large  = { args = [25000000], returns = "-612340886" }
(module
  (func (export "run") (param $n i32) (result i32)
    (local $x i32)
    (local.set $x (i32.const 42))
    (loop $again
      (local.set $x
        (i32.add
          (i32.mul (local.get $x) (i32.const 1664525))
          (i32.const 1013904223)))
      (local.set $n (i32.sub (local.get $n) (i32.const 1)))
      (br_if $again (local.get $n)))
    (local.get $x)))
