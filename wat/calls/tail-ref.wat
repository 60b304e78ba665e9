;;! about  = "a cycle of tail calls through typed references"
;;! invoke = "ping"
;;! args   = [0]
;;! needs  = ["reference-types", "bulk-memory", "tail-call", "function-references"]
;;! on     = "interrupted"
;;! off    = "runs-on"
;;! seen   = "wazero never stops"
(module
  (type $ball (func (param i32)))
  (elem declare func $ping $pong)
  (func $ping (export "ping") (param $n i32)
    (return_call_ref $ball (i32.add (local.get $n) (i32.const 1)) (ref.func $pong)))
  (func $pong (param $n i32)
    (return_call_ref $ball (i32.xor (local.get $n) (i32.const 5)) (ref.func $ping))))
