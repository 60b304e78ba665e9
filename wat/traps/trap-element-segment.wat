;;! about = "an active segment that does not fit: instantiation traps"
;;! on    = "traps out of bounds table access"
;;! off   = "traps out of bounds table access"
(module
  (table 1 funcref)
  (elem (i32.const 1) $f)
  (func $f))
