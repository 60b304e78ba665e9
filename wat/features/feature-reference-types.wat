;;! about  = "a table of external references is read"
;;! invoke = "run"
;;! needs  = ["reference-types"]
;;! on     = "returns 1"
;;! off    = "returns 1"
(module
  (table $table 1 externref)
  (func (export "run") (result i32)
    (ref.is_null (table.get $table (i32.const 0)))))
