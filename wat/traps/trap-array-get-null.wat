;;! about  = "an element of no array"
;;! invoke = "trap"
;;! needs  = ["reference-types", "function-references", "gc"]
;;! on     = "traps null array reference"
;;! off    = "traps null array reference"
(module
  (type $bytes (array i8))
  (func (export "trap") (result i32)
    (array.get_u $bytes (ref.null $bytes) (i32.const 0))))
