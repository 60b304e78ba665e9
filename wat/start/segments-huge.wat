;;! about  = "active segments of 4 MiB and a hundred thousand entries, then the last entry is called"
;;! invoke = "last"
;;! on     = "returns 48"
;;! off    = "returns 48"
(module
  (type $byte (func (result i32)))
  (memory 64)
  (data (i32.const 0) (;repeat 65536;) "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" (;end;))
  (table 100000 funcref)
  (elem (i32.const 0) (;repeat 100000;) $f (;end;))
  (func $f (result i32) (i32.load8_u (i32.const 0)))
  (func (export "last") (result i32)
    (call_indirect (type $byte) (i32.const 99999))))
