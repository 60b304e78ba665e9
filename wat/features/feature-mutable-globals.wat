;;! about  = "a mutable global that another module exports is set"
;;! invoke = "run"
;;! on     = "returns 7"
;;! off    = "returns 7"
(module $other
  (global (export "count") (mut i32) (i32.const 1)))

(module
  (global $count (import "other" "count") (mut i32))
  (func (export "run") (result i32)
    (global.set $count (i32.const 7))
    (global.get $count)))
