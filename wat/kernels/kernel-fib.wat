;;! about  = "the Fibonacci numbers, doubly recursive: little but calls"
;;! invoke = "run"
;;! args   = [33]
;;! on     = "returns 3524578"
;;! off    = "returns 3524578"
;;! small  = { args = [23], returns = "28657" }
(module
  (func $fib (export "run") (param $n i32) (result i32)
    (if (result i32) (i32.lt_u (local.get $n) (i32.const 2))
      (then (local.get $n))
      (else
        (i32.add
          (call $fib (i32.sub (local.get $n) (i32.const 1)))
          (call $fib (i32.sub (local.get $n) (i32.const 2))))))))
