;;! about  = "a tail call to a function of another type"
;;! invoke = "trap"
;;! needs  = ["tail-call"]
;;! on     = "traps indirect call type mismatch"
;;! off    = "traps indirect call type mismatch"
(module
  (type $wide (func (param i64)))
  (table funcref (elem $narrow))
  (func $narrow (param i32))
  (func (export "trap")
    (return_call_indirect (type $wide) (i64.const 1) (i32.const 0))))
