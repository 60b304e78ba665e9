;;! about  = "an array of 32 GiB"
;;! invoke = "trap"
;;! needs  = ["gc"]
;;! on     = "traps out of memory"
;;! off    = "traps out of memory"
(module
  (type $longs (array (mut i64)))
  (func (export "trap")
    (drop (array.new_default $longs (i32.const 0xffff_ffff)))))
