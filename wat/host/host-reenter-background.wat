;;! about  = "the inner call has a context of its own and outlives the deadline of the outer one, which still counts"
;;! invoke = "run"
;;! reaches = ["host", "instance"]
;;! on     = "interrupted"
;;! off    = "runs-on"
(module
  (func $reenter (import "host" "reenter-background"))
  (func $sleep (import "host" "sleep-deaf") (param i32))
  (func (export "inner") (call $sleep (i32.const 80)))
  (func (export "run")
    (call $reenter)
    (loop $again (br $again))))
