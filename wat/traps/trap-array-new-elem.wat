;;! about  = "the range ends beyond the segment"
;;! invoke = "trap"
;;! needs  = ["reference-types", "bulk-memory", "gc"]
;;! on     = "traps out of bounds table access"
;;! off    = "traps out of bounds table access"
(module
  (type $functions (array (mut funcref)))
  (elem $segment func $f)
  (func $f)
  (func (export "trap")
    (drop (array.new_elem $functions $segment (i32.const 0) (i32.const 2)))))
