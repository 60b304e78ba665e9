;;! about  = "a null is not non-null"
;;! invoke = "trap"
;;! needs  = ["reference-types", "function-references"]
;;! on     = "traps null reference"
;;! off    = "traps null reference"
(module
  (func (export "trap")
    (drop (ref.as_non_null (ref.null func)))))
