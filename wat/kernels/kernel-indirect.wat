;;! about  = "calls four functions in turn through a table"
;;! invoke = "run"
;;! args   = [100000]
;;! on     = "returns -38866154"
;;! off    = "returns -38866154"
;;! large  = { args = [20000000], returns = "1387940632" }
(module
  (type $step (func (param i32) (result i32)))
  (table funcref (elem $add $xor $multiply $rotate))
  (func $add (param i32) (result i32) (i32.add (local.get 0) (i32.const 0x9e37_79b9)))
  (func $xor (param i32) (result i32) (i32.xor (local.get 0) (i32.const 0x5bd1_e995)))
  (func $multiply (param i32) (result i32) (i32.mul (local.get 0) (i32.const 0x0100_0193)))
  (func $rotate (param i32) (result i32) (i32.rotl (local.get 0) (i32.const 7)))
  (func (export "run") (param $n i32) (result i32)
    (local $x i32)
    (loop $again
      (local.set $x
        (call_indirect (type $step) (local.get $x) (i32.and (local.get $n) (i32.const 3))))
      (local.set $n (i32.sub (local.get $n) (i32.const 1)))
      (br_if $again (local.get $n)))
    (local.get $x)))
