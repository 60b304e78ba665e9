;;! about  = "the endless function of another instance is called through a shared table"
;;! invoke = "run"
;;! on     = "interrupted"
;;! off    = "runs-on"
;;! seen   = "wazero's interpreter never stops"
(module $B
  (table (export "shared") 1 funcref)
  (elem (i32.const 0) $spin)
  (func $spin (loop $again (br $again))))
(module $A
  (type $procedure (func))
  (table (import "B" "shared") 1 funcref)
  (func (export "run")
    (call_indirect (type $procedure) (i32.const 0))))
