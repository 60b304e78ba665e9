;;! about  = "a call of a null"
;;! invoke = "trap"
;;! needs  = ["reference-types", "function-references"]
;;! on     = "traps null function reference"
;;! off    = "traps null function reference"
(module
  (type $procedure (func))
  (func (export "trap")
    (call_ref $procedure (ref.null $procedure))))
