"""How calls end that do not return, each by its own name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.engine import TrapKind
from harness.outcome import Exhausted, Number, Returned, Trapped, Uncaught

if TYPE_CHECKING:
    from tests.adapters.conftest import Adapter

TRAPS = {
    "unreachable": ("unreachable", TrapKind.UNREACHABLE),
    "div-s": ("(drop (i32.div_s (i32.const 1) (i32.const 0)))", TrapKind.DIVIDE_BY_ZERO),
    "div-u": ("(drop (i32.div_u (i32.const 1) (i32.const 0)))", TrapKind.DIVIDE_BY_ZERO),
    "rem": ("(drop (i64.rem_u (i64.const 1) (i64.const 0)))", TrapKind.DIVIDE_BY_ZERO),
    "overflow": ("(drop (i32.div_s (i32.const 0x80000000) (i32.const -1)))", TrapKind.INTEGER_OVERFLOW),
    "nan": ("(drop (i32.trunc_f32_s (f32.const nan)))", TrapKind.INVALID_CONVERSION),
    "too-large": ("(drop (i32.trunc_f32_s (f32.const 1e30)))", TrapKind.INTEGER_OVERFLOW),
    "infinite": ("(drop (i64.trunc_f64_u (f64.const inf)))", TrapKind.INTEGER_OVERFLOW),
    "load": ("(drop (i32.load (i32.const 65533)))", TrapKind.MEMORY_BOUNDS),
    "undefined": ("(call_indirect (type $f) (i32.const 9))", TrapKind.UNDEFINED_ELEMENT),
    "uninitialized": ("(call_indirect (type $f) (i32.const 1))", TrapKind.UNINITIALIZED_ELEMENT),
    "signature": ("(call_indirect (type $f) (i32.const 0))", TrapKind.INDIRECT_CALL_TYPE),
}
"""Of the first version of the standard."""
LATER = {
    "fill": (
        "bulk-memory",
        "(memory.fill (i32.const 65535) (i32.const 0) (i32.const 2))",
        TrapKind.MEMORY_BOUNDS,
    ),
    "table": ("reference-types", "(drop (table.get (i32.const 9)))", TrapKind.TABLE_BOUNDS),
    "null-function": ("function-references", "(call_ref $f (ref.null $f))", TrapKind.NULL_FUNCTION),
    "null": ("gc", "(drop (ref.as_non_null (ref.null any)))", TrapKind.NULL_REFERENCE),
    "array": (
        "gc",
        "(drop (array.get_u $a (array.new $a (i32.const 0) (i32.const 1)) (i32.const 1)))",
        TrapKind.ARRAY_BOUNDS,
    ),
    "null-structure": ("gc", "(drop (struct.get $s 0 (ref.null $s)))", TrapKind.NULL_STRUCTURE),
    "null-array": ("gc", "(drop (array.len (ref.null $a)))", TrapKind.NULL_ARRAY),
    "null-i31": ("gc", "(drop (i31.get_u (ref.null i31)))", TrapKind.NULL_I31),
    "cast": ("gc", "(drop (ref.cast (ref $s) (ref.i31 (i32.const 0))))", TrapKind.CAST_FAILURE),
    "null-exception": ("exceptions", "(throw_ref (ref.null exn))", TrapKind.NULL_EXCEPTION),
    "unaligned": ("threads", "(drop (i32.atomic.load (i32.const 1)))", TrapKind.UNALIGNED_ATOMIC),
    "wait": (
        "threads",
        "(drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const 0)))",
        TrapKind.EXPECTED_SHARED_MEMORY,
    ),
}
"""Of what came after it, with the feature that brought it."""
TYPES = {"gc": "(type $s (struct (field i32))) (type $a (array i8))"}
MODULE = """(module (type $f (func)) {types}
  (memory 1) (table 2 funcref) (elem (i32.const 0) $other) (func $other (param i32))
  (func (export "run") {body})
  (func (export "one") (result i32) (i32.const 1)))"""


def _trap(adapter: Adapter, body: str, kind: TrapKind, types: str = "") -> None:
    """Twice, and nothing of it stays behind."""
    instance = adapter.make(MODULE.format(body=body, types=types))
    for _ in range(2):
        outcome = adapter.call(instance, "run")
        assert isinstance(outcome, Trapped)
        assert outcome.kind is kind
        assert adapter.call(instance, "one") == Returned((Number("i32", "1"),))


@pytest.mark.parametrize("name", TRAPS)
def test_traps(adapter: Adapter, name: str) -> None:
    _trap(adapter, *TRAPS[name])


@pytest.mark.parametrize("name", LATER)
def test_traps_of_features(adapter: Adapter, name: str) -> None:
    feature, body, kind = LATER[name]
    adapter.needs(feature)
    _trap(adapter, body, kind, TYPES.get(feature, ""))


def test_the_stack_ends(adapter: Adapter) -> None:
    instance = adapter.make('(module (func $f (export "f") (call $f)) (func (export "g")))')
    assert adapter.call(instance, "f") == Exhausted()
    assert adapter.call(instance, "g") == Returned()


def test_an_exception_that_nobody_catches(adapter: Adapter) -> None:
    adapter.needs("exceptions")
    instance = adapter.make('(module (tag $t) (func (export "run") (throw $t)))')
    assert adapter.call(instance, "run") == Uncaught()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("(module (func $f unreachable) (start $f))", TrapKind.UNREACHABLE),
        ('(module (memory 1) (data (i32.const 65536) "x"))', TrapKind.MEMORY_BOUNDS),
    ],
    ids=["start", "data"],
)
def test_instantiation_traps(adapter: Adapter, text: str, kind: TrapKind) -> None:
    adapter.needs("bulk-memory")  # before it, segments that do not fit were a matter of linking
    _, outcome = adapter.instantiate(text)
    assert isinstance(outcome, Trapped)
    assert outcome.kind is kind
