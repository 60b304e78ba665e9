"""What is no module, what does not validate, and what does not link."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.engine import TrapKind
from harness.outcome import Failed, Invalid, Malformed, Number, Returned, Trapped, Unlinkable
from harness.sandbox.protocol import Compile, Drop, Host, Invoke, Set

if TYPE_CHECKING:
    from tests.adapters.conftest import Adapter


@pytest.mark.parametrize(
    "binary",
    [b"", b"\0asm\2\0\0\0", b"(module)", b"\0asm\1\0\0\0\1", b"\0asm\1\0\0\0\x0e\0\x0e\0"],
    ids=["empty", "version", "text", "cut-off", "section"],
)
def test_malformed(adapter: Adapter, binary: bytes) -> None:
    (outcome,) = adapter.run(Compile(adapter.name(), binary))
    assert isinstance(outcome, Malformed)
    assert outcome.message.strip()


@pytest.mark.parametrize(
    "text",
    ["(module (func (result i32)))", "(module (func (call 3)))", "(module (memory 65537))"],
    ids=["result", "function", "memory"],
)
def test_invalid(adapter: Adapter, text: str) -> None:
    _, outcome = adapter.instantiate(text)
    assert isinstance(outcome, Invalid)
    assert outcome.message.strip()


@pytest.mark.parametrize(
    "what",
    [
        '"f" (func)',
        '"p" "nothing" (func)',
        '"p" "f" (func (param i32))',
        '"p" "m" (memory 2)',
        '"p" "f" (memory 1)',
    ],
)
def test_unlinkable(adapter: Adapter, what: str) -> None:
    provider = adapter.name()
    adapter.make('(module (func (export "f")) (memory (export "m") 1))', provider)
    what = what.replace('"p"', f'"{provider}"') if '"p"' in what else f'"{adapter.name()}" {what}'
    _, outcome = adapter.instantiate(f"(module (import {what}))")
    assert isinstance(outcome, Unlinkable)
    assert outcome.message.strip()


def test_instances_are_linked(adapter: Adapter) -> None:
    """One imports from two that import nothing; and what was imported outlives its name."""
    adapter.needs("mutable-globals")
    names = [adapter.name(), adapter.name()]
    first, second = (
        adapter.make(
            f"""(module (memory (export "m") 1) (global $g (export "g") (mut i32) (i32.const {number}))
              (func (export "f") (result i32) (global.get $g)))""",
            name,
        )
        for number, name in enumerate(names, 1)
    )
    adapter.run(Drop(instance=first))
    instance = adapter.make(
        f"""(module
          (func $a (import "{names[0]}" "f") (result i32)) (func $b (import "{names[1]}" "f") (result i32))
          (import "{names[0]}" "m" (memory 1))
          (func (export "sum") (result i32) (i32.add (call $a) (call $b))))"""
    )
    changed = (Set(second, "g", Number("i32", "5")), Invoke(instance, "sum"))
    assert adapter.run(*changed) == [Returned(), Returned((Number("i32", "6"),))]
    adapter.run(Drop(registered=names[0]))
    _, outcome = adapter.instantiate(f'(module (func (import "{names[0]}" "f") (result i32)))')
    assert isinstance(outcome, Unlinkable)


def test_a_trap_in_another_instance(adapter: Adapter) -> None:
    name = adapter.name()
    adapter.make('(module (table 1 funcref) (func (export "f") (call_indirect (i32.const 0))))', name)
    caller = adapter.make(f'(module (func $f (import "{name}" "f")) (func (export "run") (call $f)))')
    outcome = adapter.call(caller, "run")
    assert isinstance(outcome, Trapped)
    assert outcome.kind is TrapKind.UNINITIALIZED_ELEMENT


def test_functions_of_the_host_have_types(adapter: Adapter) -> None:
    host = adapter.name()
    assert isinstance(adapter.run(Host(host, ("nop", "no")))[0], Failed)
    adapter.run(Host(host, ("nop",)))
    adapter.make(f'(module (func (import "{host}" "nop")))')
    for what in ('"nop" (func (param i32))', '"sleep" (func (param i32))'):
        _, outcome = adapter.instantiate(f'(module (import "{host}" {what}))')
        assert isinstance(outcome, Unlinkable)
