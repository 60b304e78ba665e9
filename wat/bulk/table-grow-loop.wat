;;! about  = "grows a table until it is refused, and goes on asking"
;;! invoke = "spin"
;;! needs  = ["reference-types"]
;;! on     = "interrupted"
;;! off    = "runs-on"
;;! seen   = "GHSA-2hw9-mc66-jc2q"
(module
  (table $t 0 10000000 funcref)
  (func (export "spin")
    (loop $again
      (drop (table.grow $t (ref.null func) (i32.const 100000)))
      (br $again))))
