;;! about    = "counts in memory, for all to see"
;;! invoke   = "count"
;;! progress = "memory"
;;! on       = "interrupted"
;;! off      = "runs-on"
(module
  (memory (export "memory") 1)
  (func (export "count")
    (loop $again
      (i64.store (i32.const 0)
        (i64.add (i64.load (i32.const 0)) (i64.const 1)))
      (br $again))))
