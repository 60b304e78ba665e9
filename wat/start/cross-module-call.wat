;;! about  = "an instance calls an endless function of another"
;;! invoke = "run"
;;! on     = "interrupted"
;;! off    = "runs-on"
;;! seen   = "wazero's interpreter, with one more instance around it, never stops"
(module $B
  (func (export "spin") (loop $again (br $again))))
(module $A
  (func $spin (import "B" "spin"))
  (func (export "run") (call $spin)))
