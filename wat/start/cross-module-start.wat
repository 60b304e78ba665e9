;;! about  = "the start function calls an endless function of another instance"
;;! covers = ["instantiate"]
;;! on     = "interrupted"
;;! off    = "runs-on"
(module $B
  (func (export "spin") (loop $again (br $again))))
(module $A
  (func $spin (import "B" "spin"))
  (start $spin))
