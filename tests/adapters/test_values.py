"""Values: every bit goes in and comes out, whatever stands beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.outcome import Failed, Number, Returned
from harness.sandbox.protocol import Get, Invoke, Set

if TYPE_CHECKING:
    from tests.adapters.conftest import Adapter

NEEDS = {
    "v128": "simd",
    "extern": "reference-types",
    "func": "reference-types",
    "any": "gc",
    "i31": "gc",
    "exn": "exceptions",
}
VALUES = [
    Number("i32", str(0xFFFFFFFF)),
    Number("i64", str(1 << 63)),
    Number("f32", str(0x7F800001)),
    Number("f32", str(0xFFC12345)),
    Number("f64", str(0x7FF0000000000001)),
    Number("f64", str(0xFFF0000000000001)),
    Number("f64", str(1 << 63)),
    Number("v128", str(0x0123456789ABCDEF_FEDCBA9876543210)),
    Number("extern", "0"),
    Number("extern", str(0xFFFFFFFF)),
    Number("extern", None),
    Number("func", None),
    Number("any", None),
    Number("i31", str(0x7FFFFFFF)),
    Number("exn", None),
]
NUMERIC = ("i32", "i64", "f32", "f64", "v128")
GC = """(module
  (type $s (struct (field i32))) (type $a (array i8))
  (func (export "struct") (result anyref) (struct.new $s (i32.const 7)))
  (func (export "array") (result eqref) (array.new $a (i32.const 0) (i32.const 3)))
  (elem declare func $f)
  (func $f (export "func") (result funcref) (ref.func $f))
  (func (export "get") (param (ref $s)) (result i32) (struct.get $s 0 (local.get 0)))
  (func (export "len") (param (ref null $a)) (result i32) (array.len (local.get 0)))
  (func (export "same") (param eqref eqref) (result i32) (ref.eq (local.get 0) (local.get 1)))
  (func (export "out") (param anyref) (result externref) (extern.convert_any (local.get 0)))
  (func (export "in") (param externref) (result anyref) (any.convert_extern (local.get 0)))
  (func (export "any") (param anyref) (result anyref) (local.get 0)))"""


def _told(value: Number) -> str:
    return f"{value.type}:{value.bits}"


def _written(type: str) -> str:
    """The type that is written for such a value."""
    return type if type in NUMERIC else {"i31": "anyref"}.get(type, f"{type}ref")


def _zero(type: str) -> str:
    if type in NUMERIC:
        return f"({type}.const {'i64x2 0 0' if type == 'v128' else '0'})"
    return f"(ref.null {'any' if type == 'i31' else type})"


@pytest.mark.parametrize("value", VALUES, ids=_told)
def test_arguments_and_results(adapter: Adapter, value: Number) -> None:
    adapter.needs("multi-value", NEEDS.get(value.type, "mvp"))
    kind = _written(value.type)
    instance = adapter.make(
        f"""(module (func (export "same") (param i32 {kind} f64) (result f64 {kind} i32)
          (local.get 2) (local.get 1) (local.get 0)))"""
    )
    one, two = Number("i32", "1"), Number("f64", "2")
    assert adapter.call(instance, "same", one, value, two) == Returned((two, value, one))


@pytest.mark.parametrize("value", VALUES, ids=_told)
def test_globals(adapter: Adapter, value: Number) -> None:
    adapter.needs("mutable-globals", NEEDS.get(value.type, "mvp"))
    kind, zero = _written(value.type), _zero(value.type)
    instance = adapter.make(f'(module (global (export "g") (mut {kind}) {zero}))')
    written, read = adapter.run(Set(instance, "g", value), Get(instance, "g"))
    assert (written, read) == (Returned(), Returned((value,)))


def test_a_constant_keeps_its_payload(adapter: Adapter) -> None:
    instance = adapter.make('(module (global (export "g") f32 (f32.const nan:0x1)))')
    assert adapter.run(Get(instance, "g")) == [Returned((Number("f32", str(0x7F800001)),))]


def test_references_keep_their_identity(adapter: Adapter) -> None:
    adapter.needs("gc")
    instance = adapter.make(GC)

    def call(name: str, *args: Number) -> Number:
        outcome = adapter.call(instance, name, *args)
        assert isinstance(outcome, Returned)
        (value,) = outcome.values
        return value

    struct, array, function = call("struct"), call("array"), call("func")
    assert (struct.type, array.type, function.type) == ("struct", "array", "func")
    assert call("get", struct) == Number("i32", "7")
    assert call("len", array) == Number("i32", "3")
    assert call("same", struct, struct) == Number("i32", "1")
    assert call("same", struct, array) == Number("i32", "0")
    assert call("out", struct).type == "struct"
    assert call("out", Number("i31", "5")) == Number("i31", "5")
    for conversion in ("in", "any", "out"):
        assert call(conversion, Number("extern", "9")) == Number("extern", "9")


@pytest.mark.parametrize("args", [(), (Number("i32", "0"),) * 2], ids=len)
def test_arguments_that_do_not_fit(adapter: Adapter, args: tuple[Number, ...]) -> None:
    instance = adapter.make('(module (func (export "f") (param i32)))')
    assert isinstance(adapter.run(Invoke(instance, "f", args))[0], Failed)
