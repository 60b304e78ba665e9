;;! about  = "grows the memory by nothing, without end"
;;! invoke = "spin"
;;! on     = "interrupted"
;;! off    = "runs-on"
(module
  (memory 1)
  (func (export "spin")
    (loop $again
      (drop (memory.grow (i32.const 0)))
      (br $again))))
