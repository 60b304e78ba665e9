;;! about  = "the endless loop hides behind a branch that is rarely taken"
;;! invoke = "run"
;;! args   = [1000]
;;! on     = "interrupted"
;;! off    = "runs-on"
(module
  (func (export "run") (param $n i32)
    (loop $counted
      (local.set $n (i32.sub (local.get $n) (i32.const 1)))
      (if (i32.eq (local.get $n) (i32.const 1))
        (then (loop $endless (br $endless))))
      (br_if $counted (local.get $n)))))
