;;! about  = "recursion without end exhausts the call stack; it must not wait for its deadline"
;;! invoke = "recurse"
;;! on     = "exhausted"
;;! off    = "exhausted"
;;! seen   = "wazero's compiler needs 605 ms for it"
(module
  (func $recurse (export "recurse") (result i32)
    ;; the addition keeps the call from being turned into a loop
    (i32.add (call $recurse) (i32.const 1))))
