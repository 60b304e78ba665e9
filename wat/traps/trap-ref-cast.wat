;;! about  = "a structure is no i31"
;;! invoke = "trap"
;;! needs  = ["gc"]
;;! on     = "traps cast failure"
;;! off    = "traps cast failure"
(module
  (type $point (struct (field i32)))
  (func (export "trap")
    (drop (ref.cast (ref i31) (struct.new $point (i32.const 1))))))
