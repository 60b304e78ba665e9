;;! about = "an active segment that does not fit: instantiation traps"
;;! on    = "traps out of bounds memory access"
;;! off   = "traps out of bounds memory access"
(module
  (memory 1)
  (data (i32.const 65533) "abcd"))
