;;! about  = "the second of two memories is larger"
;;! invoke = "run"
;;! needs  = ["multi-memory"]
;;! on     = "returns 2"
;;! off    = "returns 2"
(module
  (memory $one 1)
  (memory $other 2)
  (func (export "run") (result i32)
    (memory.size $other)))
