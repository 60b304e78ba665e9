;;! about  = "catch_all around an endless loop must not swallow the interruption, nor must the retry"
;;! invoke = "spin"
;;! needs  = ["exceptions"]
;;! on     = "interrupted"
;;! off    = "runs-on"
;;! seen   = "WebAssembly/exception-handling#1"
(module
  (func $endless (loop $again (br $again)))
  (func (export "spin")
    (loop $retry
      (block $caught
        (try_table (catch_all $caught)
          (call $endless)))
      (br $retry))))
