;;! about  = "a global is initialised with a sum"
;;! invoke = "run"
;;! needs  = ["extended-const"]
;;! on     = "returns 42"
;;! off    = "returns 42"
(module
  (global $sum i32 (i32.add (i32.const 40) (i32.const 2)))
  (func (export "run") (result i32)
    (global.get $sum)))
