"""The adapter of pywasm: values to the bit, traps from assertions, imports, and what it does not do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from engines.pywasm import Pywasm
from harness.context import Cause
from harness.engine import (
    Exhausted,
    HostFunction,
    Interrupted,
    Invalid,
    Malformed,
    Trap,
    TrapKind,
    Unavailable,
    Unlinkable,
    Value,
)

if TYPE_CHECKING:
    from tests.pywasm.conftest import Machine


def test_what_it_says_of_itself(pywasm: Machine) -> None:
    engine = pywasm.engine
    assert (engine.name, engine.capabilities.interrupts) == ("pywasm", "none")
    assert Pywasm(features=frozenset({"mvp"})).capabilities.features == {"mvp"}


def test_it_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "engines.pywasm.engine", None)
    with pytest.raises(Unavailable, match=r"to be had with: pip install 'stopwat\[pywasm\]'$"):
        Pywasm()


@pytest.mark.parametrize(
    "value",
    [
        Value("i32", 0xFFFFFFFF),
        Value("i64", 1 << 63),
        Value("f32", 0x7F800001),
        Value("f64", 0xFFF0000000000001),
        Value("v128", 0x0123456789ABCDEF_FEDCBA9876543210),
        Value("extern", 7),
        Value("extern", None),
        Value("func", None),
    ],
    ids=str,
)
def test_values_keep_their_bits(pywasm: Machine, value: Value) -> None:
    kind = f"{value.type}ref" if value.type in ("extern", "func") else value.type
    instance = pywasm.make(
        f"""(module (func (export "same") (param i32 {kind} f64) (result f64 {kind} i32)
          (local.get 2) (local.get 1) (local.get 0)))"""
    )
    one, two = Value("i32", 1), Value("f64", 2)
    assert pywasm.call(instance, "same", one, value, two) == [two, value, one]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("unreachable", TrapKind.UNREACHABLE),
        ("(drop (i32.div_s (i32.const 1) (i32.const 0)))", TrapKind.DIVIDE_BY_ZERO),
        ("(drop (i64.rem_u (i64.const 1) (i64.const 0)))", TrapKind.DIVIDE_BY_ZERO),
        ("(drop (i32.div_s (i32.const 0x80000000) (i32.const -1)))", TrapKind.INTEGER_OVERFLOW),
        ("(drop (i32.trunc_f32_s (f32.const nan)))", TrapKind.INVALID_CONVERSION),
        ("(drop (i32.trunc_f32_s (f32.const 1e30)))", TrapKind.INTEGER_OVERFLOW),
        ("(drop (i64.trunc_f64_u (f64.const inf)))", TrapKind.INTEGER_OVERFLOW),
        ("(drop (i32.load (i32.const 65536)))", TrapKind.MEMORY_BOUNDS),
        ("(memory.fill (i32.const 65535) (i32.const 0) (i32.const 2))", TrapKind.MEMORY_BOUNDS),
        ("(drop (table.get (i32.const 9)))", TrapKind.TABLE_BOUNDS),
        ("(call_indirect (i32.const 9))", TrapKind.UNDEFINED_ELEMENT),
        ("(call_indirect (i32.const 0))", TrapKind.UNINITIALIZED_ELEMENT),
        ("(call_indirect (param i32) (i32.const 0) (i32.const 1))", TrapKind.INDIRECT_CALL_TYPE),
    ],
)
def test_traps(pywasm: Machine, body: str, kind: TrapKind) -> None:
    instance = pywasm.make(
        f"""(module (memory 1) (table 2 funcref) (elem (i32.const 1) $f) (func $f)
          (func (export "run") {body}) (func (export "one") (result i32) (i32.const 1)))"""
    )
    with pytest.raises(Trap) as trapped:
        pywasm.call(instance, "run")
    assert trapped.value.kind is kind
    # what it left on its stack is nobody's
    assert pywasm.call(instance, "one") == [Value("i32", 1)]


def test_the_stack_ends(pywasm: Machine) -> None:
    with pytest.raises(Exhausted):
        pywasm.call(pywasm.make('(module (func $f (export "f") (call $f)))'), "f")


def test_globals_and_memories(pywasm: Machine) -> None:
    instance = pywasm.make(
        """(module (global (export "g") (mut i64) (i64.const 7)) (memory (export "m") 1)
          (func (export "grow") (drop (memory.grow (i32.const 1)))))"""
    )
    memory = instance.memory("m")
    memory.write(65535, b"a")
    with pytest.raises(IndexError):
        memory.read(65535, 2)
    pywasm.call(instance, "grow")
    assert (len(memory), memory.read(65535, 2)) == (131072, b"a\0")
    instance.set("g", Value("i64", (1 << 64) - 1))
    assert instance.get("g") == Value("i64", (1 << 64) - 1)
    with pytest.raises(KeyError):
        instance.memory("g")


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


def test_a_closed_instance_refuses(pywasm: Machine) -> None:
    instance = pywasm.make('(module (func (export "f")))')
    instance.close()
    with pytest.raises(Interrupted) as refused:
        pywasm.call(instance, "f")
    assert refused.value.cause is Cause.CLOSED
