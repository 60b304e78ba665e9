;;! about  = "an exception is thrown and caught"
;;! invoke = "run"
;;! needs  = ["exceptions"]
;;! on     = "returns 42"
;;! off    = "returns 42"
(module
  (tag $answer (param i32))
  (func (export "run") (result i32)
    (block $caught (result i32)
      (try_table (catch $answer $caught)
        (throw $answer (i32.const 42)))
      (unreachable))))
