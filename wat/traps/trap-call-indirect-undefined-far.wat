;;! about  = "the index is unsigned"
;;! invoke = "trap"
;;! args   = [-1]
;;! on     = "traps undefined element"
;;! off    = "traps undefined element"
(module
  (type $procedure (func))
  (table funcref (elem $f))
  (func $f)
  (func (export "trap") (param $i i32)
    (call_indirect (type $procedure) (local.get $i))))
