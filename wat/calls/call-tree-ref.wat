;;! about  = "a tree of calls without loop or recursion in sight, all of them through typed references"
;;! invoke = "run"
;;! needs  = ["reference-types", "bulk-memory", "function-references"]
;;! on     = "interrupted"
;;! off    = "runs-on"
(module
  (type $level (func (param i32)))
  (elem declare func $node $leaf)
  (global $leaves (mut i64) (i64.const 0))
  (func $node (param $depth i32)
    (local $next i32)
    (local $callee (ref null $level))
    (local.set $next (i32.sub (local.get $depth) (i32.const 1)))
    (local.set $callee (ref.func $node))
    (if (i32.eqz (local.get $next))
      (then (local.set $callee (ref.func $leaf))))
    (call_ref $level (local.get $next) (local.get $callee))
    (call_ref $level (local.get $next) (local.get $callee))
    (call_ref $level (local.get $next) (local.get $callee))
    (call_ref $level (local.get $next) (local.get $callee))
    (call_ref $level (local.get $next) (local.get $callee))
    (call_ref $level (local.get $next) (local.get $callee))
    (call_ref $level (local.get $next) (local.get $callee))
    (call_ref $level (local.get $next) (local.get $callee)))
  (func $leaf (param i32)
    (global.set $leaves (i64.add (global.get $leaves) (i64.const 1))))
  (func (export "run") (call $node (i32.const 16))))
