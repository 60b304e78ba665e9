;;! about  = "an instance calls a function of another, which calls its own endless one"
;;! invoke = "run"
;;! on     = "interrupted"
;;! off    = "runs-on"
;;! seen   = "wazero's interpreter never stops"
(module $B
  (func $spin (loop $again (br $again)))
  (func (export "g") (call $spin)))
(module $A
  (func $g (import "B" "g"))
  (func (export "run") (call $g)))
