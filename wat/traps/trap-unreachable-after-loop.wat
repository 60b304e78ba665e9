;;! about  = "a trap in the middle of polled code is still that trap"
;;! invoke = "trap"
;;! args   = [1000]
;;! on     = "traps unreachable"
;;! off    = "traps unreachable"
(module
  (func (export "trap") (param $n i32)
    (loop $again
      (local.set $n (i32.sub (local.get $n) (i32.const 1)))
      (br_if $again (local.get $n)))
    unreachable))
