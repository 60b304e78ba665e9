;;! about  = "the first version: a loop, a memory, a table, a global"
;;! invoke = "run"
;;! on     = "returns 6"
;;! off    = "returns 6"
(module
  (type $unary (func (param i32) (result i32)))
  (memory 1)
  (table funcref (elem $twice))
  (global $sum (mut i32) (i32.const 0))
  (func $twice (type $unary)
    (i32.mul (local.get 0) (i32.const 2)))
  (func (export "run") (result i32)
    (loop $again
      (global.set $sum (i32.add (global.get $sum) (i32.const 1)))
      (br_if $again (i32.lt_u (global.get $sum) (i32.const 3))))
    (i32.store (i32.const 8) (global.get $sum))
    (call_indirect (type $unary) (i32.load (i32.const 8)) (i32.const 0))))
