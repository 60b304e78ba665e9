;;! about  = "throws and catches without end"
;;! invoke = "spin"
;;! needs  = ["exceptions"]
;;! on     = "interrupted"
;;! off    = "runs-on"
(module
  (tag $ball)
  (func $throw (throw $ball))
  (func (export "spin")
    (loop $again
      (block $caught
        (try_table (catch $ball $caught)
          (call $throw)))
      (br $again))))
