;;! about  = "calls a trivial function of the host without end"
;;! invoke = "spin"
;;! on     = "interrupted"
;;! off    = "runs-on"
(module
  (func $nop (import "host" "nop"))
  (func (export "spin")
    (loop $again
      (call $nop)
      (br $again))))
