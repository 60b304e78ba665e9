;;! about  = "allocates arrays of a million elements and forgets them, without end"
;;! invoke = "spin"
;;! needs  = ["gc"]
;;! on     = "interrupted"
;;! off    = "runs-on"
;;! seen   = "mini-racer returns while its thread burns on"
(module
  (type $bytes (array (mut i8)))
  (func (export "spin")
    (loop $again
      (drop (array.new $bytes (i32.const 1) (i32.const 1000000)))
      (br $again))))
