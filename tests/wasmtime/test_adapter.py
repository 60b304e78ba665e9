"""The adapter of wasmtime: features, functions of the host in Python, and what only wasmtime can tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.context import Cause, background, with_cancel, with_timeout
from harness.engine import (
    HostFunction,
    Interrupted,
    Invalid,
    Malformed,
    Trap,
    TrapKind,
    Unsupported,
    Value,
)
from harness.standard.features import ALL, version

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from harness.engine import Engine, Imports, Instance

    Instantiate = Callable[..., Instance]
    Make = Callable[..., Engine]


def test_it_says_what_it_is(engine: Engine, make: Make) -> None:
    assert engine.name == f"wasmtime-{engine.capabilities.interrupts}"
    assert engine.version[0].isdecimal()
    assert engine.capabilities.features == ALL
    assert engine.capabilities.interrupts in ("epoch", "fuel")
    assert make(features=version("2.0")).capabilities.features == version("2.0")


def test_wrong_arguments(instantiate: Instantiate) -> None:
    instance = instantiate('(module (func (export "f") (param i32)))')
    with pytest.raises(TypeError, match="0 arguments instead of 1"):
        instance.invoke("f", [], background())
    with pytest.raises(TypeError, match="i64 is of the wrong type"):
        instance.invoke("f", [Value("i64", 0)], background())


def test_the_instruction_tells_which_trap_it_is_in_another_module_too(instantiate: Instantiate) -> None:
    inner = instantiate('(module (table 2 funcref) (func (export "f") (call_indirect (i32.const 2))))')
    outer = instantiate(
        '(module (func $f (import "inner" "f")) (func (export "run") (call $f)))', {"inner": inner}
    )
    with pytest.raises(Trap) as caught:
        outer.invoke("run", [], background())
    assert caught.value.kind is TrapKind.UNDEFINED_ELEMENT


def test_features_can_be_switched_off(compiled: Callable[..., object], make: Make) -> None:
    small = make(features=version("1.0"))
    assert make(features=ALL - {"simd"}).capabilities.features == ALL - {"simd", "relaxed-simd"}
    for text in (
        "(module (func (result v128) (v128.const i64x2 0 0)))",
        "(module (memory i64 1))",
        "(module (memory 1) (memory 1))",
        "(module (func (result i32 i32) unreachable))",
        "(module (func (return_call 0)))",
    ):
        with pytest.raises((Invalid, Malformed)):
            compiled(text, small)
        compiled(text)


def test_host_functions(instantiate: Instantiate) -> None:
    seen: list[Sequence[Value]] = []

    def swap(args: Sequence[Value]) -> Sequence[Value]:
        seen.append(args)
        return (args[1], args[0])

    def fail(_args: Sequence[Value]) -> Sequence[Value]:
        raise Trap(TrapKind.CAST_FAILURE, "by the host")

    imports: Imports = {
        "host": {
            "swap": HostFunction(("f32", "i64"), ("i64", "f32"), swap),
            "fail": HostFunction((), (), fail),
            "vector": HostFunction(("v128",), (), swap),
        }
    }
    instance = instantiate(
        """(module
        (import "host" "swap" (func $swap (param f32 i64) (result i64 f32)))
        (import "host" "fail" (func $fail))
        (func (export "swap") (result i64 f32) (call $swap (f32.const nan:0x1) (i64.const -1)))
        (func (export "fail") (call $fail)))""",
        imports,
    )
    nan, ones = Value("f32", 0x7F800001), Value("i64", (1 << 64) - 1)
    assert instance.invoke("swap", [], background()) == [ones, nan]
    assert seen == [[nan, ones]]
    with pytest.raises(Trap, match="by the host"):
        instance.invoke("fail", [], background())
    assert instance.invoke("swap", [], background()) == [ones, nan]
    with pytest.raises(Unsupported, match="v128"):
        instantiate('(module (import "host" "vector" (func (param v128))))', imports)


NESTED = """(module (import "host" "enter" (func $enter (result i32)))
    (func (export "run") (result i32) (call $enter))
    (func (export "spin") (loop (br 0))))"""


def test_an_inner_interruption_can_be_swallowed(instantiate: Instantiate) -> None:
    def enter(_args: Sequence[Value]) -> Sequence[Value]:
        with with_timeout(background(), 0.01) as context, pytest.raises(Interrupted) as caught:
            instance.invoke("spin", [], context)
        assert caught.value.cause is Cause.DEADLINE
        return (Value("i32", 7),)

    instance = instantiate(NESTED, {"host": {"enter": HostFunction((), ("i32",), enter)}})
    assert instance.invoke("run", [], background()) == [Value("i32", 7)]


def test_the_context_is_looked_at_when_the_host_returns(instantiate: Instantiate) -> None:
    """What the host takes its time for is no fuel: a loop of calls of it must not go on for a whole slice."""
    context, calls = with_cancel(background()), []

    def enter(_args: Sequence[Value]) -> Sequence[Value]:
        calls.append(1)
        context.cancel()
        return ()

    instance = instantiate(
        """(module (func $enter (import "host" "enter"))
          (func (export "run") (loop $again (call $enter) (br $again))))""",
        {"host": {"enter": HostFunction((), (), enter)}},
    )
    with pytest.raises(Interrupted) as caught:
        instance.invoke("run", [], context)
    assert caught.value.cause is Cause.CANCELLED
    assert len(calls) == 1
