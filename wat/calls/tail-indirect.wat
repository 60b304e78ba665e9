;;! about  = "a cycle of tail calls through a table"
;;! invoke = "ping"
;;! args   = [0]
;;! needs  = ["tail-call"]
;;! on     = "interrupted"
;;! off    = "runs-on"
;;! seen   = "wazero never stops"
(module
  (type $ball (func (param i32)))
  (table funcref (elem $ping $pong))
  (func $ping (export "ping") (param $n i32)
    (return_call_indirect (type $ball)
      (i32.add (local.get $n) (i32.const 1))
      (i32.const 1)))
  (func $pong (param $n i32)
    (return_call_indirect (type $ball)
      (i32.xor (local.get $n) (i32.const 5))
      (i32.const 0))))
