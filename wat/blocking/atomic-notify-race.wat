;;! about  = "waits for a notification that comes, if at all, from another instance on the same memory"
;;! invoke = "wait"
;;! needs  = ["threads"]
;;! covers = ["blocking"]
;;! on     = "interrupted"
;;! off    = "runs-on"
;;! seen   = "WebKit/WebKit#70964"
(module $B
  (memory (export "memory") 1 1 shared))
(module $A
  (memory (import "B" "memory") 1 1 shared)
  (func (export "wait") (result i32)
    (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1)))
  (func (export "notify") (result i32)
    (memory.atomic.notify (i32.const 0) (i32.const 1))))
