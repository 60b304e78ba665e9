;;! about  = "multiplies two n by n matrices of f64, n at most 300, and adds up the product"
;;! invoke = "run"
;;! args   = [48]
;;! on     = "returns 774192"
;;! off    = "returns 774192"
;;! large  = { args = [300], returns = "189000000" }
(module
  ;; a at 0, b at 720 000, row by row
  (memory 22)
  (func $fill (param $n i32)
    (local $i i32)
    (loop $again
      (f64.store (i32.shl (local.get $i) (i32.const 3))
        (f64.convert_i32_u (i32.and (local.get $i) (i32.const 7))))
      (f64.store offset=720000 (i32.shl (local.get $i) (i32.const 3))
        (f64.convert_i32_u (i32.rem_u (local.get $i) (i32.const 5))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $again (i32.lt_u (local.get $i) (i32.mul (local.get $n) (local.get $n))))))
  (func (export "run") (param $n i32) (result f64)
    (local $row i32)
    (local $column i32)
    (local $k i32)
    (local $a i32)
    (local $b i32)
    (local $cell f64)
    (local $sum f64)
    (call $fill (local.get $n))
    (loop $rows
      (local.set $column (i32.const 0))
      (loop $columns
        (local.set $cell (f64.const 0))
        (local.set $k (i32.const 0))
        (local.set $a (i32.shl (i32.mul (local.get $row) (local.get $n)) (i32.const 3)))
        (local.set $b (i32.shl (local.get $column) (i32.const 3)))
        (loop $product
          (local.set $cell
            (f64.add (local.get $cell)
              (f64.mul (f64.load (local.get $a)) (f64.load offset=720000 (local.get $b)))))
          (local.set $a (i32.add (local.get $a) (i32.const 8)))
          (local.set $b (i32.add (local.get $b) (i32.shl (local.get $n) (i32.const 3))))
          (local.set $k (i32.add (local.get $k) (i32.const 1)))
          (br_if $product (i32.lt_u (local.get $k) (local.get $n))))
        (local.set $sum (f64.add (local.get $sum) (local.get $cell)))
        (local.set $column (i32.add (local.get $column) (i32.const 1)))
        (br_if $columns (i32.lt_u (local.get $column) (local.get $n))))
      (local.set $row (i32.add (local.get $row) (i32.const 1)))
      (br_if $rows (i32.lt_u (local.get $row) (local.get $n))))
    (local.get $sum)))
