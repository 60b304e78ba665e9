;;! about  = "fib(40) outlives its deadline, and would finish a little later"
;;! invoke = "fib"
;;! args   = [40]
;;! on     = "interrupted or returns 102334155"
;;! off    = "runs-on or returns 102334155"
;;! seen   = "wazero: an error 1.1 s late, although the call had finished"
(module
  (func $fib (export "fib") (param $n i32) (result i32)
    (if (result i32) (i32.lt_u (local.get $n) (i32.const 2))
      (then (local.get $n))
      (else
        (i32.add
          (call $fib (i32.sub (local.get $n) (i32.const 1)))
          (call $fib (i32.sub (local.get $n) (i32.const 2))))))))
