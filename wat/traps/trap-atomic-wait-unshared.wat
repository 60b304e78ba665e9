;;! about  = "waiting needs a shared memory"
;;! invoke = "trap"
;;! needs  = ["threads"]
;;! on     = "traps expected shared memory"
;;! off    = "traps expected shared memory"
(module
  (memory 1)
  (func (export "trap") (result i32)
    (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const 0))))
