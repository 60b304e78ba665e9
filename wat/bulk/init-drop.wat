;;! about  = "memory.init of 4 MiB again and again; then data.drop, which is never reached"
;;! invoke = "spin"
;;! needs  = ["bulk-memory"]
;;! on     = "interrupted"
;;! off    = "runs-on"
(module
  (memory 64)
  (data $segment (;repeat 65536;) "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" (;end;))
  (func (export "spin")
    (loop $again
      (memory.init $segment (i32.const 0) (i32.const 0) (i32.const 0x40_0000))
      (br $again))
    (data.drop $segment)))
