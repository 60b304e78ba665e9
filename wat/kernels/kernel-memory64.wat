;;! about  = "the sieve of Eratosthenes with 64-bit addresses: how many primes are below n, at most 8 388 608"
;;! invoke = "run"
;;! args   = [30000]
;;! needs  = ["memory64"]
;;! on     = "returns 3245"
;;! off    = "returns 3245"
;;! large  = { args = [5000000], returns = "348513" }
(module
  (memory i64 128)
  (func (export "run") (param $n i64) (result i32)
    (local $i i64)
    (local $multiple i64)
    (local $primes i32)
    ;; a byte a number: not zero is composite; cleared here, so that every call starts alike
    (loop $clear
      (i64.store (local.get $i) (i64.const 0))
      (local.set $i (i64.add (local.get $i) (i64.const 8)))
      (br_if $clear (i64.lt_u (local.get $i) (local.get $n))))
    (local.set $i (i64.const 2))
    (loop $number
      (if (i32.eqz (i32.load8_u (local.get $i)))
        (then
          (local.set $primes (i32.add (local.get $primes) (i32.const 1)))
          (local.set $multiple (i64.shl (local.get $i) (i64.const 1)))
          (block $done
            (loop $strike
              (br_if $done (i64.ge_u (local.get $multiple) (local.get $n)))
              (i32.store8 (local.get $multiple) (i32.const 1))
              (local.set $multiple (i64.add (local.get $multiple) (local.get $i)))
              (br $strike)))))
      (local.set $i (i64.add (local.get $i) (i64.const 1)))
      (br_if $number (i64.lt_u (local.get $i) (local.get $n))))
    (local.get $primes)))
