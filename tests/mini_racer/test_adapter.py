"""The adapter of mini-racer: what it shares with Node, and what is its own."""

from __future__ import annotations

import sys
import threading
from functools import partial
from typing import TYPE_CHECKING

import pytest

from engines.mini_racer import MiniRacer
from harness.assembler import assemble
from harness.context import Cause, background, with_cancel, with_timeout
from harness.engine import (
    Exhausted,
    HostFunction,
    Interrupted,
    Invalid,
    Malformed,
    Trap,
    TrapKind,
    Unavailable,
    Uncaught,
    Unlinkable,
    Unsupported,
    Value,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness.context import Context
    from harness.engine import Engine, Imports, Instance

SPIN = """(module
  (global (export "g") (mut i32) (i32.const 7))
  (memory (export "m") 1)
  (func (export "spin") (loop $again (br $again)))
  (func (export "answer") (result i32) (i32.const 42)))"""


@pytest.fixture(scope="module")
def make() -> Iterator[Callable[..., Engine]]:
    """Makes engines, or says in one line what is missing."""
    made = []

    def make(**choice: object) -> Engine:
        try:
            engine = MiniRacer(**choice)  # type: ignore[arg-type]
        except Unavailable as missing:
            pytest.skip(str(missing))
        made.append(engine)
        return engine

    yield make
    for engine in made:
        engine.close()


@pytest.fixture(scope="module")
def engine(make: Callable[..., Engine]) -> Engine:
    return make(interruptible=True)


def instantiate(
    engine: Engine, text: str, imports: Imports | None = None, context: Context | None = None
) -> Instance:
    binary = assemble(text, file="test", first="in-process").binary
    return engine.instantiate(engine.compile(binary), imports or {}, context or background())


def expect(cause: Cause, call: Callable[[], object]) -> None:
    with pytest.raises(Interrupted) as caught:
        call()
    assert caught.value.cause is cause


def test_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("engines.mini_racer.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "py_mini_racer", None)  # as if it could not be found
    with pytest.raises(Unavailable, match=r"pip install 'stopwat\[mini-racer\]'"):
        MiniRacer()


def test_it_says_what_it_is(engine: Engine, make: Callable[..., Engine]) -> None:
    assert engine.name == "mini-racer"
    assert engine.version[0].isdecimal()
    assert {"mvp", "simd"} <= engine.capabilities.features
    small = make(features=frozenset({"mvp"}))
    assert small.capabilities.features == {"mvp"}
    with pytest.raises(Invalid, match="multi-value"):
        instantiate(small, "(module (func (result i32 i32) unreachable))")


@pytest.mark.parametrize(
    "value",
    [
        Value("i64", 1 << 63),
        Value("f32", 0x7F800001),
        Value("f64", 0x7FF0000000000001),
        Value("v128", 0x0123456789ABCDEF_FEDCBA9876543210),
        Value("extern", 7),
        Value("func", None),
    ],
    ids=str,
)
def test_values_keep_their_bits(engine: Engine, value: Value) -> None:
    kind = f"{value.type}ref" if value.type in ("extern", "func") else value.type
    instance = instantiate(engine, f'(module (func (export "f") (param {kind}) (result {kind}) local.get 0))')
    assert instance.invoke("f", [value], background()) == [value]


def test_globals_and_memories(engine: Engine) -> None:
    instance = instantiate(engine, SPIN)
    instance.set("g", Value("i32", 9))
    assert instance.get("g") == Value("i32", 9)
    memory = instance.memory("m")
    memory.write(65534, b"ab")
    assert (len(memory), memory.read(65534, 2), memory.read(0, 0)) == (65536, b"ab", b"")
    for at in (65535, -1):
        with pytest.raises(IndexError):
            memory.read(at, 2)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("unreachable", TrapKind.UNREACHABLE),
        ("(call_indirect (i32.const 1))", TrapKind.UNDEFINED_ELEMENT),
        (
            "(drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const 0)))",
            TrapKind.EXPECTED_SHARED_MEMORY,
        ),
        ("(call 0)", Exhausted),
        ("(throw 0)", Uncaught),
    ],
)
def test_what_ends_a_call(engine: Engine, body: str, error: TrapKind | type[Exception]) -> None:
    instance = instantiate(
        engine, f'(module (memory 1) (tag) (table 1 funcref) (func (export "run") {body}))'
    )
    with pytest.raises(Trap if isinstance(error, TrapKind) else error) as caught:
        instance.invoke("run", [], background())
    assert not isinstance(caught.value, Trap) or caught.value.kind is error


def test_what_is_no_module_and_what_does_not_link(engine: Engine) -> None:
    with pytest.raises(Malformed):
        engine.compile(b"\0asm\1\0\0\0\1")
    with pytest.raises(Invalid):
        instantiate(engine, "(module (func (result i32)))")
    imports: list[tuple[Imports, type[Exception]]] = [
        ({}, Unlinkable),
        ({"a": instantiate(engine, SPIN)}, Unlinkable),
        ({"a": {"f": HostFunction((), (), lambda _: ())}}, Unsupported),
    ]
    for given, error in imports:
        with pytest.raises(error):
            instantiate(engine, '(module (func (import "a" "f")))', given)


def test_interruption_and_afterwards(engine: Engine) -> None:
    instance = instantiate(engine, SPIN)
    with with_timeout(background(), 0.02) as context:
        expect(Cause.DEADLINE, partial(instance.invoke, "spin", [], context))
    cancelled = with_cancel(background())
    threading.Timer(0.02, cancelled.cancel).start()
    for _ in range(2):  # while it runs, and before
        expect(Cause.CANCELLED, partial(instance.invoke, "spin", [], cancelled))
    assert instance.invoke("answer", [], background()) == [Value("i32", 42)]
    threading.Timer(0.02, instance.close).start()
    for export in ("spin", "answer"):
        expect(Cause.CLOSED, partial(instance.invoke, export, [], background()))


def test_a_start_function(engine: Engine) -> None:
    text = "(module (func $f (loop (br 0))) (start $f))"
    with with_timeout(background(), 0.02) as context:
        expect(Cause.DEADLINE, lambda: instantiate(engine, text, None, context))


def test_closing_the_callee_ends_the_caller(engine: Engine) -> None:
    callee = instantiate(engine, SPIN)
    caller = instantiate(
        engine, '(module (func $f (import "a" "spin")) (func (export "run") (call $f)))', {"a": callee}
    )
    threading.Timer(0.02, callee.close).start()
    expect(Cause.CLOSED, partial(caller.invoke, "run", [], background()))


def test_off_means_the_context_is_not_looked_at(make: Callable[..., Engine]) -> None:
    instance, context = instantiate(make(), SPIN), with_cancel(background())
    context.cancel()
    assert instance.invoke("answer", [], context) == [Value("i32", 42)]
