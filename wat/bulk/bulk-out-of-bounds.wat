;;! about  = "a huge fill that ends one byte beyond the memory traps at once, and never counts as an interruption"
;;! invoke = "fill"
;;! needs  = ["bulk-memory"]
;;! on     = "traps out of bounds memory access"
;;! off    = "traps out of bounds memory access"
;;! seen   = "bytecodealliance/wasmtime#14161"
(module
  (memory 4096)
  (func (export "fill")
    (memory.fill (i32.const 1) (i32.const 1) (i32.const 0x1000_0000))))
