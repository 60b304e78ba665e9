;;! about  = "encrypts so many bytes (at most 1 MiB, whole eights) so many times in place, and adds them up"
;;! invoke = "run"
;;! args   = [0x2000, 10]
;;! on     = "returns 212992"
;;! off    = "returns 212992"
;;! large  = { args = [0x10_0000, 40], returns = "62914560" }
(module
  (memory 16)
  (func (export "run") (param $bytes i32) (param $passes i32) (result i32)
    (local $i i32)
    (local $sum i32)
    ;; cleared first, so that every call starts alike
    (loop $clear
      (i64.store (local.get $i) (i64.const 0))
      (local.set $i (i32.add (local.get $i) (i32.const 8)))
      (br_if $clear (i32.lt_u (local.get $i) (local.get $bytes))))
    (loop $pass
      (local.set $i (i32.const 0))
      (loop $byte
        (i32.store8 (local.get $i)
          (i32.xor (i32.load8_u (local.get $i))
            (i32.add (local.get $i) (local.get $passes))))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br_if $byte (i32.lt_u (local.get $i) (local.get $bytes))))
      (local.set $passes (i32.sub (local.get $passes) (i32.const 1)))
      (br_if $pass (local.get $passes)))
    (local.set $i (i32.const 0))
    (loop $add
      (local.set $sum (i32.add (local.get $sum) (i32.load8_u (local.get $i))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $add (i32.lt_u (local.get $i) (local.get $bytes))))
    (local.get $sum)))
