;;! about  = "the back edge is one of the targets of br_table"
;;! invoke = "spin"
;;! args   = [1]
;;! on     = "interrupted"
;;! off    = "runs-on"
;;! seen   = "dylibso/chicory#293"
(module
  (func (export "spin") (param $selector i32)
    (block $out
      (loop $again
        (br_table $out $again $out (local.get $selector))))))
