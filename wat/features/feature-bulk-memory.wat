;;! about  = "a part of memory is filled"
;;! invoke = "run"
;;! needs  = ["bulk-memory"]
;;! on     = "returns 0x07070707"
;;! off    = "returns 0x07070707"
(module
  (memory 1)
  (func (export "run") (result i32)
    (memory.fill (i32.const 0) (i32.const 7) (i32.const 16))
    (i32.load (i32.const 8))))
