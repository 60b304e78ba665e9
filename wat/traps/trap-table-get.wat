;;! about  = "the entry after the last"
;;! invoke = "trap"
;;! args   = [10]
;;! needs  = ["reference-types"]
;;! on     = "traps out of bounds table access"
;;! off    = "traps out of bounds table access"
(module
  (table $t 10 externref)
  (func (export "trap") (param $i i32)
    (drop (table.get $t (local.get $i)))))
