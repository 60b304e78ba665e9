;;! about  = "an exception that nobody catches"
;;! invoke = "trap"
;;! needs  = ["exceptions"]
;;! on     = "uncaught"
;;! off    = "uncaught"
(module
  (tag $alarm)
  (func (export "trap") (throw $alarm)))
