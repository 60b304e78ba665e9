;;! about  = "a tail call through an entry that the table does not have"
;;! invoke = "trap"
;;! args   = [1]
;;! needs  = ["tail-call"]
;;! on     = "traps undefined element"
;;! off    = "traps undefined element"
(module
  (type $procedure (func))
  (table funcref (elem $f))
  (func $f)
  (func (export "trap") (param $i i32)
    (return_call_indirect (type $procedure) (local.get $i))))
