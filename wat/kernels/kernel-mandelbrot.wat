;;! about  = "the Mandelbrot set on n by n points, at most 100 steps a point: how many steps were taken"
;;! invoke = "run"
;;! args   = [48]
;;! on     = "returns 51582"
;;! off    = "returns 51582"
;;! large  = { args = [700], returns = "10701578" }
(module
  (func (export "run") (param $n i32) (result i32)
    (local $row i32)
    (local $column i32)
    (local $steps i32)
    (local $left i32)
    (local $scale f64)
    (local $a f64)
    (local $b f64)
    (local $x f64)
    (local $y f64)
    (local $x2 f64)
    (local $y2 f64)
    ;; from -2 - 1.5i, three units wide and high
    (local.set $scale (f64.div (f64.const 3) (f64.convert_i32_u (local.get $n))))
    (loop $rows
      (local.set $b
        (f64.sub (f64.mul (f64.convert_i32_u (local.get $row)) (local.get $scale)) (f64.const 1.5)))
      (local.set $column (i32.const 0))
      (loop $columns
        (local.set $a
          (f64.sub (f64.mul (f64.convert_i32_u (local.get $column)) (local.get $scale)) (f64.const 2)))
        (local.set $x (f64.const 0))
        (local.set $y (f64.const 0))
        (local.set $left (i32.const 100))
        (loop $step
          (local.set $x2 (f64.mul (local.get $x) (local.get $x)))
          (local.set $y2 (f64.mul (local.get $y) (local.get $y)))
          (local.set $y
            (f64.add (f64.mul (f64.mul (f64.const 2) (local.get $x)) (local.get $y)) (local.get $b)))
          (local.set $x (f64.add (f64.sub (local.get $x2) (local.get $y2)) (local.get $a)))
          (local.set $steps (i32.add (local.get $steps) (i32.const 1)))
          (local.set $left (i32.sub (local.get $left) (i32.const 1)))
          (br_if $step
            (i32.and
              (i32.ne (local.get $left) (i32.const 0))
              (f64.le (f64.add (local.get $x2) (local.get $y2)) (f64.const 4)))))
        (local.set $column (i32.add (local.get $column) (i32.const 1)))
        (br_if $columns (i32.lt_u (local.get $column) (local.get $n))))
      (local.set $row (i32.add (local.get $row) (i32.const 1)))
      (br_if $rows (i32.lt_u (local.get $row) (local.get $n))))
    (local.get $steps)))
