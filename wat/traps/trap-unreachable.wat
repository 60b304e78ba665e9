;;! about  = "the instruction itself"
;;! invoke = "trap"
;;! on     = "traps unreachable"
;;! off    = "traps unreachable"
(module
  (func (export "trap") unreachable))
