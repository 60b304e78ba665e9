;;! about  = "two vectors are added"
;;! invoke = "run"
;;! needs  = ["simd"]
;;! on     = "returns 42"
;;! off    = "returns 42"
(module
  (func (export "run") (result i32)
    (i32x4.extract_lane 3
      (i32x4.add (v128.const i32x4 1 2 3 40) (v128.const i32x4 1 2 3 2)))))
