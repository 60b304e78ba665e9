;;! about  = "counts to 2^62: it ends, in a century; a compiler may elide the poll, or the loop"
;;! invoke = "count"
;;! args   = [0x4000000000000000]
;;! on     = "interrupted"
;;! off    = "runs-on"
(module
  (func (export "count") (param $to i64) (result i64)
    (local $i i64)
    (local $sum i64)
    ;; the running product keeps the loop from being replaced by a formula
    (loop $again
      (local.set $sum
        (i64.add
          (i64.mul (local.get $sum) (i64.const 6364136223846793005))
          (local.get $i)))
      (local.set $i (i64.add (local.get $i) (i64.const 1)))
      (br_if $again (i64.lt_u (local.get $i) (local.get $to))))
    (local.get $sum)))
