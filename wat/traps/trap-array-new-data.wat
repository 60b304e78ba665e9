;;! about  = "the range ends beyond the segment"
;;! invoke = "trap"
;;! needs  = ["bulk-memory", "gc"]
;;! on     = "traps out of bounds memory access"
;;! off    = "traps out of bounds memory access"
(module
  (type $bytes (array (mut i8)))
  (data $segment "abcd")
  (func (export "trap")
    (drop (array.new_data $bytes $segment (i32.const 1) (i32.const 4)))))
