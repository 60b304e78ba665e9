;;! about  = "a field of a struct is read"
;;! invoke = "run"
;;! needs  = ["gc"]
;;! on     = "returns 42"
;;! off    = "returns 42"
(module
  (type $pair (struct (field i32) (field i32)))
  (func (export "run") (result i32)
    (struct.get $pair 1 (struct.new $pair (i32.const 1) (i32.const 42)))))
