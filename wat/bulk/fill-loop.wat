;;! about  = "fills 256 MiB again and again"
;;! invoke = "spin"
;;! needs  = ["bulk-memory"]
;;! on     = "interrupted"
;;! off    = "runs-on"
;;! seen   = ["wasmtime: 2.5 s late", "wazero: 1 to 4.5 s", "V8: never"]
(module
  (memory 4096)
  (func (export "spin")
    (loop $again
      (memory.fill (i32.const 0) (i32.const 1) (i32.const 0x1000_0000))
      (br $again))))
