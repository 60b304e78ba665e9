;;! about  = "the smallest endless loop"
;;! invoke = "spin"
;;! on     = "interrupted"
;;! off    = "runs-on"
;;! seen   = ["oven-sh/bun#36356", "wazero/wazero: its default, without close-on-context-done"]
(module
  (func (export "spin")
    (loop (br 0))))
