;;! about  = "a loop that is never branched back to: being stoppable must not change its result"
;;! invoke = "once"
;;! args   = [41]
;;! on     = "returns 42"
;;! off    = "returns 42"
(module
  (func (export "once") (param $x i32) (result i32)
    (loop $never (result i32)
      (i32.add (local.get $x) (i32.const 1)))))
