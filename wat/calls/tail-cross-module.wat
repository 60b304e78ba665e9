;;! about  = "a cycle of tail calls that leaves the instance and comes back through a shared table"
;;! invoke = "ping"
;;! args   = [0]
;;! needs  = ["tail-call"]
;;! on     = "interrupted"
;;! off    = "runs-on"
(module $B
  (type $ball (func (param i32)))
  (table (export "players") 1 funcref)
  (func (export "pong") (param $n i32)
    (return_call_indirect (type $ball)
      (i32.xor (local.get $n) (i32.const 5))
      (i32.const 0))))
(module $A
  (table (import "B" "players") 1 funcref)
  (func $pong (import "B" "pong") (param i32))
  (elem (i32.const 0) $ping)
  (func $ping (export "ping") (param $n i32)
    (return_call $pong (i32.add (local.get $n) (i32.const 1)))))
