;;! about  = "the start function never ends, without a loop"
;;! needs  = ["tail-call"]
;;! covers = ["instantiate"]
;;! on     = "interrupted"
;;! off    = "runs-on"
(module
  (func $start (return_call $start))
  (start $start))
