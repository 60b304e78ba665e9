;;! about    = "counts in a global, for all to see"
;;! invoke   = "count"
;;! progress = "counter"
;;! on       = "interrupted"
;;! off      = "runs-on"
(module
  (global $count (export "counter") (mut i64) (i64.const 0))
  (func (export "count")
    (loop $again
      (global.set $count (i64.add (global.get $count) (i64.const 1)))
      (br $again))))
