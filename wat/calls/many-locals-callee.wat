;;! about  = "30 000 locals are zeroed at every call, in an endless loop"
;;! invoke = "spin"
;;! on     = "interrupted"
;;! off    = "runs-on"
;;! seen   = "wasmi-labs/wasmi#2038"
(module
  (func $callee (param $which i32) (result i64)
    (local $first i64)
    (local (;repeat 29998;) i64 (;end;))
    (local $last i64)
    (local.set $first (i64.extend_i32_u (local.get $which)))
    (local.get $last))
  (func (export "spin")
    (loop $again
      (drop (call $callee (i32.const 7)))
      (br $again))))
