;;! about  = "copies ten million entries of a table over one another, without end"
;;! invoke = "spin"
;;! needs  = ["bulk-memory"]
;;! on     = "interrupted"
;;! off    = "runs-on"
;;! seen   = "mini-racer returns while its thread burns on"
(module
  (table $t 10000001 funcref)
  (func (export "spin")
    (loop $again
      (table.copy $t $t (i32.const 1) (i32.const 0) (i32.const 10000000))
      (br $again))))
