;;! about  = "two functions throw a number to each other in tail calls"
;;! invoke = "ping"
;;! args   = [0]
;;! needs  = ["tail-call"]
;;! on     = "interrupted"
;;! off    = "runs-on"
;;! seen   = "wazero never stops; Node 26 (V8 14.6) neither, Node 20 does"
(module
  (func $ping (export "ping") (param i32)
    (return_call $pong (i32.add (local.get 0) (i32.const 1))))
  (func $pong (param i32)
    (return_call $ping (i32.xor (local.get 0) (i32.const 5)))))
