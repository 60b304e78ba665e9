"""The adapter of pywasm: functions of the host, and what it does not do."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest

from engines.pywasm import Pywasm
from harness.assembler import assemble
from harness.context import Cause, background
from harness.engine import (
    Engine,
    HostFunction,
    Instance,
    Interrupted,
    Invalid,
    Malformed,
    Unavailable,
    Unlinkable,
    Value,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.engine import Imports


class Machine(NamedTuple):
    """An engine, and short ways to use it."""

    engine: Engine

    def make(self, text: str, imports: Imports | None = None) -> Instance:
        binary = assemble(text, file="test", first="in-process").binary
        return self.engine.instantiate(self.engine.compile(binary), imports or {}, background())

    def call(self, instance: Instance, name: str, *args: Value) -> Sequence[Value]:
        return instance.invoke(name, args, background())


@pytest.fixture
def pywasm() -> Machine:
    try:
        return Machine(Pywasm())
    except Unavailable as missing:
        pytest.skip(str(missing))


def test_imports_of_instances_and_of_the_host(pywasm: Machine) -> None:
    def add(args: object) -> list[Value]:
        seen.append(args)
        return [Value("i32", 0xFFFFFFFF)]

    seen: list[object] = []
    provider = pywasm.make('(module (func (export "seven") (result i32) (i32.const 7)))')
    text = """(module (func $seven (import "p" "seven") (result i32))
      (func $add (import "h" "add") (param i32 f64) (result i32))
      (func (export "run") (result i32) (call $add (call $seven) (f64.const 1.5))))"""
    host = HostFunction(("i32", "f64"), ("i32",), add)
    instance = pywasm.make(text, {"p": provider, "h": {"add": host}})
    assert pywasm.call(instance, "run") == [Value("i32", 0xFFFFFFFF)]
    assert seen == [[Value("i32", 7), Value("f64", 0x3FF8 << 48)]]
    with pytest.raises(Unlinkable, match="unknown import 'h' 'add'"):
        pywasm.make(text, {"p": provider})
    with pytest.raises(Unlinkable, match="incompatible import 'p' 'seven'"):
        pywasm.make('(module (import "p" "seven" (func (param i32))))', {"p": provider})


def test_what_a_function_of_the_host_raises_goes_through(pywasm: Machine) -> None:
    def stop(_args: object) -> list[Value]:
        raise Interrupted(Cause.CANCELLED)

    text = '(module (func $f (import "h" "f")) (func (export "run") (call $f)))'
    instance = pywasm.make(text, {"h": {"f": HostFunction((), (), stop)}})
    with pytest.raises(Interrupted) as stopped:
        pywasm.call(instance, "run")
    assert stopped.value.cause is Cause.CANCELLED


def test_it_does_not_validate(pywasm: Machine) -> None:
    with pytest.raises(Malformed):
        pywasm.engine.compile(b"\0asm\2\0\0\0")
    instance = pywasm.make('(module (func (export "f") (result i32)))')
    with pytest.raises((AssertionError, IndexError)):
        pywasm.call(instance, "f")


def test_what_is_not_offered_is_refused(pywasm: Machine) -> None:
    with pytest.raises(Invalid, match="not offered: tail-call"):
        pywasm.make('(module (func $f (export "f") (return_call $f)))')
