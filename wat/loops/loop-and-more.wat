;;! about    = "an endless loop beside exports that end: what they do after an interruption is their own"
;;! invoke   = "spin"
;;! progress = "count"
;;! on       = "interrupted"
;;! off      = "runs-on"
;;! seen     = "pywasm: the next call of another export resumes the loop that was broken off"
(module
  (memory (export "memory") 1)
  (global $count (export "count") (mut i64) (i64.const 0))
  (func (export "spin")
    (loop $again
      (global.set $count (i64.add (global.get $count) (i64.const 1)))
      (i64.store (i32.const 0) (global.get $count))
      (br $again)))
  (func (export "answer") (result i32)
    (i32.const 42))
  (func (export "crash")
    unreachable)
  (func $recurse (export "recurse") (result i32)
    (i32.add (call $recurse) (i32.const 1))))
