;;! about  = "the back edge is br_on_cast"
;;! invoke = "spin"
;;! needs  = ["multi-value", "function-references", "gc"]
;;! on     = "interrupted"
;;! off    = "runs-on"
(module
  (func (export "spin")
    (ref.i31 (i32.const 1))
    (loop $again (param (ref any))
      (br_on_cast $again (ref any) (ref i31))
      (drop))))
