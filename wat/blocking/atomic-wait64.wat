;;! about  = "the same with a 64-bit cell, in a loop that a wake-up would not end"
;;! invoke = "wait"
;;! needs  = ["threads"]
;;! covers = ["blocking"]
;;! on     = "interrupted"
;;! off    = "runs-on"
;;! seen   = ["bytecodealliance/wasmtime#12809: never returns", "wazero: never returns"]
(module
  (memory 1 1 shared)
  (func (export "wait")
    (loop $again
      (drop (memory.atomic.wait64 (i32.const 8) (i64.const 0) (i64.const -1)))
      (br $again))))
