;;! about  = "one iteration is 50 000 operations in a straight line"
;;! invoke = "spin"
;;! args   = [1]
;;! on     = "interrupted"
;;! off    = "runs-on"
;;! seen   = "wazero/wazero#2466"
(module
  (func (export "spin") (param $x i32)
    (loop $again
      (;repeat 12500;) local.get $x  i32.const 1664525  i32.mul  local.set $x (;end;)
      (br $again))))
