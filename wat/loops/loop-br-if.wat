;;! about  = "a conditional back edge, always taken"
;;! invoke = "spin"
;;! args   = [1]
;;! on     = "interrupted"
;;! off    = "runs-on"
;;! seen   = "dylibso/chicory#293"
(module
  (func (export "spin") (param $forever i32)
    (loop $again
      (br_if $again (local.get $forever)))))
