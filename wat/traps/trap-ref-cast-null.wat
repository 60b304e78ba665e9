;;! about  = "a null is no non-null reference"
;;! invoke = "trap"
;;! needs  = ["reference-types", "gc"]
;;! on     = "traps cast failure"
;;! off    = "traps cast failure"
(module
  (func (export "trap")
    (drop (ref.cast (ref i31) (ref.null any)))))
