;;! about  = "the range ends beyond the array"
;;! invoke = "trap"
;;! needs  = ["bulk-memory", "gc"]
;;! on     = "traps out of bounds array access"
;;! off    = "traps out of bounds array access"
(module
  (type $bytes (array (mut i8)))
  (data $segment "abcdefgh")
  (func (export "trap")
    (array.init_data $bytes $segment
      (array.new_default $bytes (i32.const 4)) (i32.const 1) (i32.const 0) (i32.const 4))))
