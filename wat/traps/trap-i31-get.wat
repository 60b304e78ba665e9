;;! about  = "the value of no i31"
;;! invoke = "trap"
;;! needs  = ["reference-types", "gc"]
;;! on     = "traps null i31 reference"
;;! off    = "traps null i31 reference"
(module
  (func (export "trap") (result i32)
    (i31.get_u (ref.null i31))))
