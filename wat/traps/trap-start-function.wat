;;! about = "the start function traps, and with it instantiation"
;;! on    = "traps unreachable"
;;! off   = "traps unreachable"
(module
  (func $start unreachable)
  (start $start))
