"""Exports, seen from outside: what a call has changed is there, and the other way round."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from harness.engine import TrapKind
from harness.outcome import Failed, Number, Returned, Trapped
from harness.sandbox.protocol import Get, Invoke, ReadMemory, Set, WriteMemory

if TYPE_CHECKING:
    from tests.adapters.conftest import Adapter

PAGE = 65536


def _bytes(size: int, data: bytes) -> Returned:
    """What `ReadMemory` answers."""
    digest = sha256(data).digest()
    halves = (str(int.from_bytes(half, "big")) for half in (digest[:16], digest[16:]))
    return Returned((Number("i64", str(size)), *(Number("v128", half) for half in halves)))


@pytest.mark.parametrize("shared", ["", "shared"])
def test_memory(adapter: Adapter, shared: str) -> None:
    if shared:
        adapter.needs("threads")
    instance = adapter.make(
        f"""(module (memory (export "m") 1 3 {shared})
          (func (export "get") (param i32) (result i32) (i32.load8_u (local.get 0)))
          (func (export "grow") (result i32) (memory.grow (i32.const 1))))"""
    )
    outcomes = adapter.run(
        WriteMemory(instance, "m", PAGE - 2, b"ab"),
        Invoke(instance, "get", (Number("i32", str(PAGE - 1)),)),
        ReadMemory(instance, "m", PAGE - 3, 3),
        ReadMemory(instance, "m", PAGE, 0),
        Invoke(instance, "grow"),
        WriteMemory(instance, "m", PAGE, b"x"),
        ReadMemory(instance, "m", PAGE - 1, 3),
    )
    assert outcomes == [
        Returned(),
        Returned((Number("i32", str(ord("b"))),)),
        _bytes(PAGE, b"\0ab"),
        _bytes(PAGE, b""),
        Returned((Number("i32", "1"),)),
        Returned(),
        _bytes(2 * PAGE, b"bx\0"),
    ]


@pytest.mark.parametrize("offset", [PAGE - 1, PAGE, 1 << 32, 1 << 62])
def test_beyond_the_end_of_a_memory(adapter: Adapter, offset: int) -> None:
    instance = adapter.make('(module (memory (export "m") 1))')
    outcomes = adapter.run(ReadMemory(instance, "m", offset, 2), WriteMemory(instance, "m", offset, b"ab"))
    assert all(isinstance(outcome, Failed) for outcome in outcomes)


def test_exports_that_are_not_there(adapter: Adapter) -> None:
    """Nor is one of another kind."""
    instance = adapter.make(
        '(module (func (export "f")) (global (export "g") i32 (i32.const 1)) (memory (export "m") 1))'
    )
    for name in ("nothing", "f", "m"):
        assert isinstance(adapter.run(Get(instance, name))[0], Failed)
    for name in ("nothing", "g", "m"):
        assert isinstance(adapter.call(instance, name), Failed)
    for name in ("nothing", "f", "g"):
        assert isinstance(adapter.run(ReadMemory(instance, name))[0], Failed)


def test_what_a_call_did_before_it_trapped(adapter: Adapter) -> None:
    adapter.needs("mutable-globals")
    instance = adapter.make(
        """(module (global $g (export "g") (mut i32) (i32.const 0))
          (func $inc (export "inc") (result i32)
            (global.set $g (i32.add (global.get $g) (i32.const 1))) (global.get $g))
          (func (export "trap") (drop (call $inc)) unreachable))"""
    )
    first, second, trap, read, written, last = adapter.run(
        Invoke(instance, "inc"),
        Invoke(instance, "inc"),
        Invoke(instance, "trap"),
        Get(instance, "g"),
        Set(instance, "g", Number("i32", "40")),
        Invoke(instance, "inc"),
    )
    assert [first, second] == [Returned((Number("i32", "1"),)), Returned((Number("i32", "2"),))]
    assert isinstance(trap, Trapped)
    assert trap.kind is TrapKind.UNREACHABLE
    assert [read, written, last] == [
        Returned((Number("i32", "3"),)),
        Returned(),
        Returned((Number("i32", "41"),)),
    ]


def test_functions_that_are_only_exported_may_be_referred_to(adapter: Adapter) -> None:
    adapter.needs("reference-types")
    instance = adapter.make(
        """(module (func $f (export "f")) (func (export "null") (result i32) (ref.is_null (ref.func $f))))"""
    )
    assert adapter.call(instance, "null") == Returned((Number("i32", "0"),))
