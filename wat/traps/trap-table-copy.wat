;;! about  = "the source ends beyond its table"
;;! invoke = "trap"
;;! needs  = ["reference-types", "bulk-memory"]
;;! on     = "traps out of bounds table access"
;;! off    = "traps out of bounds table access"
(module
  (table $large 10 funcref)
  (table $small 4 funcref)
  (func (export "trap")
    (table.copy $large $small (i32.const 0) (i32.const 1) (i32.const 4))))
