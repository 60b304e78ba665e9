;;! about  = "a function of the host cancels its own call; the Wasm after it must not run for long"
;;! invoke = "run"
;;! ways   = ["cancel"]
;;! on     = "interrupted"
;;! off    = "runs-on"
(module
  (func $cancel (import "host" "cancel"))
  (func (export "run")
    (call $cancel)
    (loop $again (br $again))))
