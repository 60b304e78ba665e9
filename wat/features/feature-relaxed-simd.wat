;;! about  = "a relaxed instruction where all its choices agree"
;;! invoke = "run"
;;! needs  = ["simd", "relaxed-simd"]
;;! on     = "returns 42"
;;! off    = "returns 42"
(module
  (func (export "run") (result i32)
    (i32x4.extract_lane 3
      (i32x4.relaxed_trunc_f32x4_s (v128.const f32x4 1 2 3 42)))))
