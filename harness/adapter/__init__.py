"""For those who put an engine behind the protocol: `stopwat adapter new` and `stopwat adapter check`.

`checks` are what an adapter is tried with before any case runs, `checking` runs them, `session` is how they
talk to it. `skeletons` are the adapters to begin with, one folder a language, which `skeleton` copies.
"""
