;;! about  = "Wasm calls the host, which calls an endless function of the same instance, under the same context"
;;! invoke = "run"
;;! reaches = ["host", "instance"]
;;! on     = "interrupted"
;;! off    = "runs-on"
(module
  (func $reenter (import "host" "reenter"))
  (func (export "inner") (loop $again (br $again)))
  (func (export "run") (call $reenter)))
