;;! about  = "a tail call of a null"
;;! invoke = "trap"
;;! needs  = ["reference-types", "tail-call", "function-references"]
;;! on     = "traps null function reference"
;;! off    = "traps null function reference"
(module
  (type $procedure (func))
  (func (export "trap")
    (return_call_ref $procedure (ref.null $procedure))))
