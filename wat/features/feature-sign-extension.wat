;;! about  = "the sign of a byte is extended"
;;! invoke = "run"
;;! needs  = ["sign-extension"]
;;! on     = "returns -1"
;;! off    = "returns -1"
(module
  (func (export "run") (result i32)
    (i32.extend8_s (i32.const 0xff))))
