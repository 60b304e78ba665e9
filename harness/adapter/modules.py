"""The modules that adapters are checked with: small, and of the first version of the standard."""

from __future__ import annotations

PLAIN = """(module
  (func (export "answer") (result i32) (i32.const 42))
  (func (export "spin") (loop $again (br $again)))
  (func (export "trap") (unreachable))
  (func (export "same") (param i64) (result i64) (local.get 0)))"""
"""What every engine can run, and the toy engines of the skeletons too."""

FLOATS = """(module
  (func (export "same") (param f32) (param f64) (result f64) (local.get 1)))"""

STATE = """(module
  (memory (export "memory") 1 2)
  (global (export "counter") (mut i64) (i64.const 7)))"""

PROVIDER = '(module (func (export "seven") (result i32) (i32.const 7)))'
IMPORTER = """(module
  (func $seven (import "%s" "seven") (result i32))
  (func (export "run") (result i32) (call $seven)))"""
"""`%` the name that the instance of `PROVIDER` is registered under."""

START = "(module (func $spin (loop $again (br $again))) (start $spin))"

PROGRAM = r"""(module
  (func $write (import "%s" "fd_write") (param i32 i32 i32 i32) (result i32))
  (func $exit (import "%s" "proc_exit") (param i32))
  (memory (export "memory") 1)
  (data (i32.const 0) "\08\00\00\00\05\00\00\00hello")
  (func (export "_start")
    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 100)))
    (call $exit (i32.const 7))))"""
"""A program of WASI, twice `%` the module name of WASI: it writes ``hello`` and ends with status 7."""

INVALID = bytes.fromhex("0061736d01000000 01050160 00017f 03020100 0a040102000b")
"""A function that has to leave an i32 and leaves nothing."""


def host(module: str, function: str, call: str, *, inner: str = "", after: str = "") -> str:
    """A module whose `run` calls one function of the host, as `call` has it, and returns 42.

    `inner` is the body of its export of that name, `after` what `run` does after the call.
    """
    param = "(param i32)" if function.startswith("sleep") else ""
    return f"""(module
      (func ${function} (import "{module}" "{function}") {param})
      (func (export "inner") {inner})
      (func (export "run") (result i32) {call} {after} (i32.const 42)))"""
