;;! about  = "tail calls out of try_table: the handler goes with the frame"
;;! invoke = "spin"
;;! needs  = ["tail-call", "exceptions"]
;;! on     = "interrupted"
;;! off    = "runs-on"
;;! seen   = "oracle/graal#14245"
(module
  (tag $stop)
  (func $spin (export "spin")
    (block $caught
      (try_table (catch $stop $caught)
        (return_call $spin)))))
