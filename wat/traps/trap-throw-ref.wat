;;! about  = "a null is thrown"
;;! invoke = "trap"
;;! needs  = ["reference-types", "exceptions"]
;;! on     = "traps null exception reference"
;;! off    = "traps null exception reference"
(module
  (func (export "trap")
    (throw_ref (ref.null exn))))
