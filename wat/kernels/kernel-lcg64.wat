;;! about  = "a linear congruential generator of 64 bits, its output folded by shift and xor"
;;! invoke = "run"
;;! args   = [100000]
;;! on     = "returns 2009692105"
;;! off    = "returns 2009692105"
;;! large  = { args = [25000000], returns = "2096335377" }
(module
  (func (export "run") (param $n i32) (result i64)
    (local $x i64)
    (local $folded i64)
    (local.set $x (i64.const 42))
    (loop $again
      (local.set $x
        (i64.add
          (i64.mul (local.get $x) (i64.const 6364136223846793005))
          (i64.const 1442695040888963407)))
      (local.set $folded
        (i64.xor (local.get $folded) (i64.shr_u (local.get $x) (i64.const 33))))
      (local.set $n (i32.sub (local.get $n) (i32.const 1)))
      (br_if $again (local.get $n)))
    (local.get $folded)))
