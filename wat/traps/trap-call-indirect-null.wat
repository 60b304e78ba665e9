;;! about  = "a call through an entry that holds no function"
;;! invoke = "trap"
;;! args   = [3]
;;! on     = "traps uninitialized element"
;;! off    = "traps uninitialized element"
(module
  (type $procedure (func))
  (table 10 funcref)
  (func (export "trap") (param $i i32)
    (call_indirect (type $procedure) (local.get $i))))
