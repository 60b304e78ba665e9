;;! about  = "four generators of 32 bits side by side in a vector, their outputs folded into memory"
;;! invoke = "run"
;;! args   = [100000]
;;! needs  = ["bulk-memory", "simd"]
;;! on     = "returns -825508043"
;;! off    = "returns -825508043"
;;! large  = { args = [10000000], returns = "-540269682" }
(module
  (memory 1)
  (func (export "run") (param $n i32) (result i32)
    (local $i i32)
    (local $x v128)
    (local $sum v128)
    (local.set $x (v128.const i32x4 1 22 333 4444))
    (memory.fill (i32.const 0) (i32.const 0) (i32.const 65536))
    (loop $again
      (local.set $x
        (i32x4.add
          (i32x4.mul (local.get $x) (v128.const i32x4 1664525 1664525 1664525 1664525))
          (v128.const i32x4 1013904223 1013904223 1013904223 1013904223)))
      (v128.store (local.get $i)
        (v128.xor (v128.load (local.get $i)) (i32x4.shr_u (local.get $x) (i32.const 9))))
      (local.set $i (i32.and (i32.add (local.get $i) (i32.const 16)) (i32.const 0xffff)))
      (local.set $n (i32.sub (local.get $n) (i32.const 1)))
      (br_if $again (local.get $n)))
    (local.set $i (i32.const 0))
    (loop $add
      (local.set $sum (i32x4.add (local.get $sum) (v128.load (local.get $i))))
      (local.set $i (i32.add (local.get $i) (i32.const 16)))
      (br_if $add (i32.lt_u (local.get $i) (i32.const 65536))))
    (i32.add
      (i32.add (i32x4.extract_lane 0 (local.get $sum)) (i32x4.extract_lane 1 (local.get $sum)))
      (i32.add (i32x4.extract_lane 2 (local.get $sum)) (i32x4.extract_lane 3 (local.get $sum))))))
