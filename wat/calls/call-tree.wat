;;! about  = "no loop, no recursion: sixteen levels of functions, each calling the next eight times: 2^48 leaves"
;;! invoke = "run"
;;! on     = "interrupted"
;;! off    = "runs-on"
;;! seen   = "wazero/wazero#2533"
(module
  (func $a (call $b) (call $b) (call $b) (call $b) (call $b) (call $b) (call $b) (call $b))
  (func $b (call $c) (call $c) (call $c) (call $c) (call $c) (call $c) (call $c) (call $c))
  (func $c (call $d) (call $d) (call $d) (call $d) (call $d) (call $d) (call $d) (call $d))
  (func $d (call $e) (call $e) (call $e) (call $e) (call $e) (call $e) (call $e) (call $e))
  (func $e (call $f) (call $f) (call $f) (call $f) (call $f) (call $f) (call $f) (call $f))
  (func $f (call $g) (call $g) (call $g) (call $g) (call $g) (call $g) (call $g) (call $g))
  (func $g (call $h) (call $h) (call $h) (call $h) (call $h) (call $h) (call $h) (call $h))
  (func $h (call $i) (call $i) (call $i) (call $i) (call $i) (call $i) (call $i) (call $i))
  (func $i (call $j) (call $j) (call $j) (call $j) (call $j) (call $j) (call $j) (call $j))
  (func $j (call $k) (call $k) (call $k) (call $k) (call $k) (call $k) (call $k) (call $k))
  (func $k (call $l) (call $l) (call $l) (call $l) (call $l) (call $l) (call $l) (call $l))
  (func $l (call $m) (call $m) (call $m) (call $m) (call $m) (call $m) (call $m) (call $m))
  (func $m (call $n) (call $n) (call $n) (call $n) (call $n) (call $n) (call $n) (call $n))
  (func $n (call $o) (call $o) (call $o) (call $o) (call $o) (call $o) (call $o) (call $o))
  (func $o (call $p) (call $p) (call $p) (call $p) (call $p) (call $p) (call $p) (call $p))
  (func $p (call $q) (call $q) (call $q) (call $q) (call $q) (call $q) (call $q) (call $q))
  ;; the leaf mixes its count, or a compiler may add all of it up in advance
  (global $count (mut i64) (i64.const 1))
  (func $q
    (global.set $count
      (i64.xor
        (i64.mul (global.get $count) (i64.const 6364136223846793005))
        (i64.shr_u (global.get $count) (i64.const 13)))))
  (func (export "run") (call $a)))
