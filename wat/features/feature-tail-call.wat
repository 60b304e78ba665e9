;;! about  = "a tail call"
;;! invoke = "run"
;;! needs  = ["tail-call"]
;;! on     = "returns 42"
;;! off    = "returns 42"
(module
  (func $answer (result i32)
    (i32.const 42))
  (func (export "run") (result i32)
    (return_call $answer)))
