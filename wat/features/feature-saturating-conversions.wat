;;! about  = "a conversion out of range gives the greatest integer"
;;! invoke = "run"
;;! needs  = ["saturating-conversions"]
;;! on     = "returns 2147483647"
;;! off    = "returns 2147483647"
(module
  (func (export "run") (result i32)
    (i32.trunc_sat_f32_s (f32.const 1e30))))
