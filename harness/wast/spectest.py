"""The module that every script may import from: ``spectest`` (reference interpreter, "Spectest module").

It is a module like any other, so no engine needs host functions to run the suite; it prints nothing.
"""

from __future__ import annotations

import functools

from harness.assembler import assemble

NAME = "spectest"

NEEDS = {
    "table64": frozenset({"memory64"}),
    "shared_memory": frozenset({"threads", "multi-memory"}),
}
"""Export -> the features an engine must offer for it to be there; the rest is always there."""

_FIELDS = """
  (global (export "global_i32") i32 (i32.const 666))
  (global (export "global_i64") i64 (i64.const 666))
  (global (export "global_f32") f32 (f32.const 666.6))
  (global (export "global_f64") f64 (f64.const 666.6))
  (table (export "table") 10 20 funcref)
  (memory (export "memory") 1 2)
  (func (export "print"))
  (func (export "print_i32") (param i32))
  (func (export "print_i64") (param i64))
  (func (export "print_f32") (param f32))
  (func (export "print_f64") (param f64))
  (func (export "print_i32_f32") (param i32 f32))
  (func (export "print_f64_f64") (param f64 f64))
"""
_MORE = {
    "table64": '(table (export "table64") i64 10 20 funcref)',
    "shared_memory": '(memory (export "shared_memory") 1 2 shared)',
}


@functools.cache
def binary(offered: frozenset[str]) -> bytes:
    """The module for an engine that offers these features."""
    more = [field for name, field in _MORE.items() if NEEDS[name] <= offered]
    return assemble(f"(module {_FIELDS} {' '.join(more)})", file=NAME, first="in-process").binary
