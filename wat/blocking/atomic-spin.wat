;;! about  = "waits by asking: compare-and-exchange until a value comes that nobody writes"
;;! invoke = "lock"
;;! needs  = ["threads"]
;;! on     = "interrupted"
;;! off    = "runs-on"
(module
  (memory 1 1 shared)
  (func (export "lock")
    (loop $again
      (br_if $again
        (i32.ne (i32.const 1)
          (i32.atomic.rmw.cmpxchg (i32.const 0) (i32.const 1) (i32.const 2)))))))
