;;! about  = "the function gives another result"
;;! invoke = "trap"
;;! on     = "traps indirect call type mismatch"
;;! off    = "traps indirect call type mismatch"
(module
  (type $float (func (result f32)))
  (table funcref (elem $integer))
  (func $integer (result i32) (i32.const 1))
  (func (export "trap") (result f32)
    (call_indirect (type $float) (i32.const 0))))
