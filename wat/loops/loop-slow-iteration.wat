;;! about  = "each iteration is one slow bulk operation, and some arithmetic"
;;! invoke = "spin"
;;! needs  = ["bulk-memory"]
;;! on     = "interrupted"
;;! off    = "runs-on"
;;! seen   = ["V8: terminate() ignored for 30 s and more", "wazero/wazero#2482"]
(module
  (memory 1024)
  (func (export "spin")
    (local $i i32)
    (loop $again
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (memory.fill (i32.const 0) (local.get $i) (i32.const 0x4000000))
      (br $again))))
