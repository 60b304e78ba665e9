;;! about  = "a counted loop around three operations: a poll weighs most here"
;;! invoke = "run"
;;! args   = [200000]
;;! on     = "returns -1391517344"
;;! off    = "returns -1391517344"
;;! large  = { args = [60000000], returns = "1272888448" }
(module
  (func (export "run") (param $n i32) (result i32)
    (local $i i32)
    (local $sum i32)
    (loop $again
      (local.set $sum
        (i32.add (local.get $sum)
          (i32.xor (local.get $i) (i32.shr_u (local.get $i) (i32.const 3)))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $again (i32.lt_u (local.get $i) (local.get $n))))
    (local.get $sum)))
