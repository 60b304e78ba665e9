;;! about  = "a function with two results, a block with a parameter"
;;! invoke = "run"
;;! needs  = ["multi-value"]
;;! on     = "returns 1 2"
;;! off    = "returns 1 2"
(module
  (func (export "run") (result i32 i32)
    (i32.const 1)
    (block (param i32) (result i32 i32)
      (i32.const 2))))
