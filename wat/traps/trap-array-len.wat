;;! about  = "the length of no array"
;;! invoke = "trap"
;;! needs  = ["reference-types", "gc"]
;;! on     = "traps null array reference"
;;! off    = "traps null array reference"
(module
  (func (export "trap") (result i32)
    (array.len (ref.null array))))
