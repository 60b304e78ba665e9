;;! about  = "grows the memory page by page until it is refused, and goes on asking"
;;! invoke = "spin"
;;! on     = "interrupted"
;;! off    = "runs-on"
(module
  (memory 1 64)
  (func (export "spin")
    (loop $again
      (drop (memory.grow (i32.const 1)))
      (br $again))))
