;;! about  = "a segment that was dropped is empty"
;;! invoke = "trap"
;;! needs  = ["bulk-memory"]
;;! on     = "traps out of bounds table access"
;;! off    = "traps out of bounds table access"
(module
  (table $t 10 funcref)
  (elem $segment func $f)
  (func $f)
  (func (export "trap")
    (elem.drop $segment)
    (table.init $t $segment (i32.const 0) (i32.const 0) (i32.const 1))))
