;;! about  = "an instance calls an endless function of another"
;;! invoke = "run"
;;! on     = "interrupted"
;;! off    = "runs-on"
(module $B
  (func (export "spin") (loop $again (br $again))))
(module $A
  (func $spin (import "B" "spin"))
  (func (export "run") (call $spin)))
