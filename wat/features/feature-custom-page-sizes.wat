;;! about  = "a memory of pages of one byte"
;;! invoke = "run"
;;! needs  = ["custom-page-sizes"]
;;! on     = "returns 3"
;;! off    = "returns 3"
(module
  (memory 3 (pagesize 1))
  (func (export "run") (result i32)
    (memory.size)))
