;;! about  = "counts in a memory that another instance may count in too"
;;! invoke = "count"
;;! needs  = ["threads"]
;;! on     = "interrupted"
;;! off    = "runs-on"
(module $B
  (memory (export "memory") 1 1 shared))
(module $A
  (memory (import "B" "memory") 1 1 shared)
  (func (export "count")
    (loop $again
      (drop (i64.atomic.rmw.add (i32.const 0) (i64.const 1)))
      (br $again)))
  (func (export "read") (result i64)
    (i64.atomic.load (i32.const 0))))
