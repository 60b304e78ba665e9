;;! about  = "the range ends beyond the table"
;;! invoke = "trap"
;;! needs  = ["reference-types"]
;;! on     = "traps out of bounds table access"
;;! off    = "traps out of bounds table access"
(module
  (table $t 10 externref)
  (func (export "trap")
    (table.fill $t (i32.const 5) (ref.null extern) (i32.const 6))))
