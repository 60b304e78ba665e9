;;! about  = "the back edge is br_on_null"
;;! invoke = "spin"
;;! needs  = ["reference-types", "function-references"]
;;! on     = "interrupted"
;;! off    = "runs-on"
(module
  (func (export "spin")
    (loop $again
      (drop (br_on_null $again (ref.null func))))))
