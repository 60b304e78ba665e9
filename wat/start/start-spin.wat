;;! about  = "the start function never ends"
;;! covers = ["instantiate"]
;;! on     = "interrupted"
;;! off    = "runs-on"
;;! seen   = ["bytecodealliance/wasm-micro-runtime#4047", "Extism: never stops"]
(module
  (func $start (loop $again (br $again)))
  (start $start))
