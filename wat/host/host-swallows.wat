;;! about  = "the host catches the interruption of the inner call and goes on, again and again"
;;! invoke = "run"
;;! reaches = ["host", "instance"]
;;! on     = "interrupted"
;;! off    = "runs-on"
(module
  (func $swallow (import "host" "swallow"))
  (func (export "inner") (loop $again (br $again)))
  (func (export "run")
    (loop $again
      (call $swallow)
      (br $again))))
