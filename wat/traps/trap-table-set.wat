;;! about  = "the highest index there is"
;;! invoke = "trap"
;;! args   = [-1]
;;! needs  = ["reference-types"]
;;! on     = "traps out of bounds table access"
;;! off    = "traps out of bounds table access"
(module
  (table $t 10 externref)
  (func (export "trap") (param $i i32)
    (table.set $t (local.get $i) (ref.null extern))))
