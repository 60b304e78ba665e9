;;! about  = "copies ten million elements of an array over one another, without end"
;;! invoke = "spin"
;;! needs  = ["function-references", "gc"]
;;! on     = "interrupted"
;;! off    = "runs-on"
;;! seen   = "mini-racer returns while its thread burns on"
(module
  (type $bytes (array (mut i8)))
  (func (export "spin")
    (local $array (ref null $bytes))
    (local.set $array (array.new $bytes (i32.const 0) (i32.const 10000001)))
    (loop $again
      (array.copy $bytes $bytes
        (local.get $array) (i32.const 1)
        (local.get $array) (i32.const 0)
        (i32.const 10000000))
      (br $again))))
