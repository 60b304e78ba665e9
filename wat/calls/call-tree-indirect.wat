;;! about  = "a tree of calls without loop or recursion in sight, all of them through a table"
;;! invoke = "run"
;;! on     = "interrupted"
;;! off    = "runs-on"
(module
  (type $level (func (param i32)))
  (table funcref (elem $node $leaf))
  (global $leaves (mut i64) (i64.const 0))
  ;; node(depth): eight calls of entry 0, the node, or at the bottom of entry 1, the leaf
  (func $node (param $depth i32)
    (local $next i32)
    (local $entry i32)
    (local.set $next (i32.sub (local.get $depth) (i32.const 1)))
    (local.set $entry (i32.eqz (local.get $next)))
    (call_indirect (type $level) (local.get $next) (local.get $entry))
    (call_indirect (type $level) (local.get $next) (local.get $entry))
    (call_indirect (type $level) (local.get $next) (local.get $entry))
    (call_indirect (type $level) (local.get $next) (local.get $entry))
    (call_indirect (type $level) (local.get $next) (local.get $entry))
    (call_indirect (type $level) (local.get $next) (local.get $entry))
    (call_indirect (type $level) (local.get $next) (local.get $entry))
    (call_indirect (type $level) (local.get $next) (local.get $entry)))
  (func $leaf (param i32)
    (global.set $leaves (i64.add (global.get $leaves) (i64.const 1))))
  (func (export "run") (call $node (i32.const 16))))
