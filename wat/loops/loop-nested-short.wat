;;! about  = "an endless outer loop around a short inner one"
;;! invoke = "spin"
;;! on     = "interrupted"
;;! off    = "runs-on"
;;! seen   = "bytecodealliance/wasmtime#7244"
(module
  (func (export "spin")
    (local $i i32)
    (loop $outer
      (local.set $i (i32.const 10))
      (loop $inner
        (local.set $i (i32.sub (local.get $i) (i32.const 1)))
        (br_if $inner (local.get $i)))
      (br $outer))))
