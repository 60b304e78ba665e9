;;! about  = "copies 128 MiB again and again, over itself"
;;! invoke = "spin"
;;! needs  = ["bulk-memory"]
;;! on     = "interrupted"
;;! off    = "runs-on"
;;! seen   = ["wasmtime: 2.5 s late", "wazero: 1 to 4.5 s", "V8: never"]
(module
  (memory 4097)
  (func (export "spin")
    (loop $again
      (memory.copy (i32.const 0x0800_0001) (i32.const 0) (i32.const 0x0800_0000))
      (br $again))))
