;;! about  = "a field of no structure"
;;! invoke = "trap"
;;! needs  = ["reference-types", "function-references", "gc"]
;;! on     = "traps null structure reference"
;;! off    = "traps null structure reference"
(module
  (type $point (struct (field i32)))
  (func (export "trap") (result i32)
    (struct.get $point 0 (ref.null $point))))
