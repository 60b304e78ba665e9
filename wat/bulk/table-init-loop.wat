;;! about  = "initialises a hundred thousand entries of a table from a segment, without end"
;;! invoke = "spin"
;;! needs  = ["bulk-memory"]
;;! on     = "interrupted"
;;! off    = "runs-on"
;;! seen   = "mini-racer returns while its thread burns on"
(module
  (table $t 100000 funcref)
  (elem $segment func (;repeat 100000;) $f (;end;))
  (func $f)
  (func (export "spin")
    (loop $again
      (table.init $t $segment (i32.const 0) (i32.const 0) (i32.const 100000))
      (br $again))))
