;;! about  = "a call through a typed reference"
;;! invoke = "run"
;;! needs  = ["reference-types", "bulk-memory", "function-references"]
;;! on     = "returns 42"
;;! off    = "returns 42"
(module
  (type $nullary (func (result i32)))
  (elem declare func $answer)
  (func $answer (type $nullary)
    (i32.const 42))
  (func (export "run") (result i32)
    (call_ref $nullary (ref.func $answer))))
