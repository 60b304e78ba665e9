;;! about  = "a function that only calls itself, as a tail call: a loop in disguise"
;;! invoke = "spin"
;;! needs  = ["tail-call"]
;;! on     = "interrupted"
;;! off    = "runs-on"
;;! seen   = "wazero never stops; Node 26 (V8 14.6) neither, Node 20 does"
(module
  (func $spin (export "spin")
    (return_call $spin)))
