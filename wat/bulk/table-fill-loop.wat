;;! about  = "fills a table of ten million entries, without end"
;;! invoke = "spin"
;;! needs  = ["reference-types", "bulk-memory"]
;;! on     = "interrupted"
;;! off    = "runs-on"
;;! seen   = "mini-racer returns while its thread burns on"
(module
  (table $t 10000000 funcref)
  (elem declare func $f)
  (func $f)
  (func (export "spin")
    (loop $again
      (table.fill $t (i32.const 0) (ref.func $f) (i32.const 10000000))
      (br $again))))
