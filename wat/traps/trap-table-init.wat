;;! about  = "the range ends beyond the segment"
;;! invoke = "trap"
;;! needs  = ["bulk-memory"]
;;! on     = "traps out of bounds table access"
;;! off    = "traps out of bounds table access"
(module
  (table $t 10 funcref)
  (elem $segment func $f $f)
  (func $f)
  (func (export "trap")
    (table.init $t $segment (i32.const 0) (i32.const 1) (i32.const 2))))
