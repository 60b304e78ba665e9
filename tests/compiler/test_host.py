"""Functions of the host: what they raise goes through, what they are given and give back is right."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import pytest

from engines.compiler.execution import host_calls
from harness.context import background
from harness.engine import Exhausted, HostFunction, Trap, TrapKind, Uncaught, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from harness.engine import Instance

CALLER = '(module (import "host" "f" (func $f)) (func (export "run") (call $f)) (func (export "nop")))'


@pytest.mark.parametrize(
    "error", [Trap(TrapKind.CAST_FAILURE), Uncaught(), Exhausted(), ValueError("x"), KeyboardInterrupt()]
)
def test_what_it_raises_is_raised(instantiate: Callable[..., Instance], error: BaseException) -> None:
    def fail(args: Sequence[Value]) -> Sequence[Value]:
        raise error

    instance = instantiate(CALLER, {"host": {"f": HostFunction((), (), fail)}})

    for _ in range(3):
        with pytest.raises(type(error)) as raised:
            instance.invoke("run", (), background())
        assert raised.value is error
        assert instance.invoke("nop", (), background()) == []


def test_calls_nest(instantiate: Callable[..., Instance]) -> None:
    depths = []

    def again(args: Sequence[Value]) -> Sequence[Value]:
        depths.append(args[0].bits)
        return instance.invoke("run", args, background()) if args[0].bits else [Value("i32", 100)]

    instance: Instance = instantiate(
        """(module (import "host" "f" (func $f (param i32) (result i32)))
        (func (export "run") (param i32) (result i32)
          (i32.add (local.get 0) (call $f (i32.sub (local.get 0) (i32.const 1))))))""",
        {"host": {"f": HostFunction(("i32",), ("i32",), again)}},
    )

    assert instance.invoke("run", [Value("i32", 10)], background()) == [Value("i32", 155)]
    assert depths == list(range(9, -1, -1))


def test_a_trap_goes_through_the_host(instantiate: Callable[..., Instance]) -> None:
    seen = []

    def inner(args: Sequence[Value]) -> Sequence[Value]:
        try:
            return instance.invoke("crash", (), background())
        except Trap as trap:
            seen.append(trap.kind)
            raise

    instance: Instance = instantiate(
        """(module (import "host" "f" (func $f)) (func (export "run") (call $f))
        (func (export "crash") unreachable))""",
        {"host": {"f": HostFunction((), (), inner)}},
    )

    with pytest.raises(Trap):
        instance.invoke("run", (), background())
    assert seen == [TrapKind.UNREACHABLE]


def test_references_keep_their_identity(instantiate: Callable[..., Instance]) -> None:
    held: list[Value] = []

    def hold(args: Sequence[Value]) -> Sequence[Value]:
        held.extend(args)
        return args

    instance = instantiate(
        """(module (import "host" "f" (func $f (param externref funcref) (result externref funcref)))
        (table 1 funcref) (func $id (export "id") (param externref funcref) (result externref funcref)
          (local.get 0) (local.get 1))
        (func (export "run") (param externref) (result externref funcref)
          (call $f (local.get 0) (ref.func $id))))""",
        {"host": {"f": HostFunction(("externref", "funcref"), ("externref", "funcref"), hold)}},
    )
    extern = Value("extern", 12345)

    first = instance.invoke("run", [extern], background())
    second = instance.invoke("run", [extern], background())

    assert list(first) == list(second) == held[:2] == held[2:]
    assert held[0] == extern
    assert list(instance.invoke("id", held[:2], background())) == held[:2]
    nulls = [Value("extern", None), Value("func", None)]
    assert list(instance.invoke("id", nulls, background())) == nulls


def test_thunks_are_given_back(instantiate: Callable[..., Instance]) -> None:
    def nothing(args: Sequence[Value]) -> Sequence[Value]:
        return ()

    gc.collect()  # what others left, so that it does not go meanwhile
    before = len(host_calls)
    instance = instantiate(CALLER, {"host": {"f": HostFunction((), (), nothing)}})
    assert len(host_calls) == before + 1
    instance.invoke("run", (), background())

    del instance

    assert len(host_calls) == before
