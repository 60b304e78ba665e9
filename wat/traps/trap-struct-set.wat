;;! about  = "a field of no structure is written"
;;! invoke = "trap"
;;! needs  = ["reference-types", "function-references", "gc"]
;;! on     = "traps null structure reference"
;;! off    = "traps null structure reference"
(module
  (type $point (struct (field (mut i32))))
  (func (export "trap")
    (struct.set $point 0 (ref.null $point) (i32.const 1))))
