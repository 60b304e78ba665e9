;;! about  = "200 fills of 64 MiB, one after the other: neither loop nor call to poll in"
;;! invoke = "fill"
;;! needs  = ["bulk-memory"]
;;! on     = "interrupted"
;;! off    = "runs-on or returns"
;;! seen   = ["wazero: 3.7 s late", "wasmtime's Winch: 4.6 s", "WAMR and Node: never"]
(module
  (memory 1024)
  (func (export "fill")
    (;repeat 200;) (memory.fill (i32.const 0) (i32.const 1) (i32.const 0x400_0000)) (;end;)))
