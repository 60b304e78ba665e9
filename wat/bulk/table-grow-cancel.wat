;;! about  = "grows a table of another instance, which outlives the interruption"
;;! invoke = "grow"
;;! needs  = ["reference-types"]
;;! on     = "interrupted"
;;! off    = "runs-on"
;;! seen   = "GHSA-2hw9-mc66-jc2q"
(module $B
  (table $t (export "table") 0 100_000_000 funcref)
  ;; 1: the table has grown by whole steps, and all of it can be read
  (func (export "whole") (result i32)
    (if (table.size $t)
      (then (drop (table.get $t (i32.sub (table.size $t) (i32.const 1))))))
    (i32.eqz (i32.rem_u (table.size $t) (i32.const 10_000)))))
(module $A
  (table $t (import "B" "table") 0 100_000_000 funcref)
  (func (export "grow")
    (loop $again
      (drop (table.grow $t (ref.null func) (i32.const 10_000)))
      (br $again))))
