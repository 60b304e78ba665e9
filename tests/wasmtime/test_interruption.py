"""Epochs and fuel: what is told to stop stops, and nothing else. Whoever does not stop hangs the test."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

import pytest

from harness.context import Cause, background, with_cancel, with_timeout
from harness.engine import HostFunction, Interrupted, Trap, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from harness.context import Context
    from harness.engine import Engine, Instance

    Instantiate = Callable[..., Instance]
    Make = Callable[..., Engine]

SPIN = """(module
    (memory (export "m") 1)
    (func (export "spin") (loop (br 0)))
    (func (export "count") (loop (i32.store8 (i32.const 0) (i32.const 1)) (br 0)))
    (func (export "answer") (result i32) (i32.const 42))
    (func (export "work") (param i32) (result i32)
      (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (i32.const 42)))"""


def expect(cause: Cause, call: Callable[[], object]) -> None:
    with pytest.raises(Interrupted) as caught:
        call()
    assert caught.value.cause is cause


def test_deadline_and_afterwards(instantiate: Instantiate) -> None:
    instance = instantiate(SPIN)
    for _ in range(3):
        with with_timeout(background(), 0.02) as context:
            expect(Cause.DEADLINE, partial(instance.invoke, "spin", [], context))
        assert instance.invoke("answer", [], background()) == [Value("i32", 42)]


def test_cancel_from_another_thread(instantiate: Instantiate) -> None:
    instance, context = instantiate(SPIN), with_cancel(background())
    threading.Timer(0.02, context.cancel).start()
    expect(Cause.CANCELLED, lambda: instance.invoke("spin", [], context))


def test_done_before(instantiate: Instantiate) -> None:
    instance = instantiate(SPIN)
    expect(Cause.DEADLINE, lambda: instance.invoke("spin", [], with_timeout(background(), 0)))
    context = with_cancel(background())
    context.cancel()
    expect(Cause.CANCELLED, lambda: instance.invoke("spin", [], context))
    expect(Cause.CANCELLED, lambda: instantiate("(module (func $f (loop (br 0))) (start $f))", None, context))


def test_start_function(instantiate: Instantiate) -> None:
    text = "(module (func $f (loop (br 0))) (start $f))"
    with with_timeout(background(), 0.02) as context:
        expect(Cause.DEADLINE, lambda: instantiate(text, None, context))


def test_close(instantiate: Instantiate) -> None:
    instance = instantiate(SPIN)
    threading.Timer(0.02, instance.close).start()
    expect(Cause.CLOSED, lambda: instance.invoke("spin", [], background()))
    expect(Cause.CLOSED, lambda: instance.invoke("answer", [], background()))


def test_close_without_interruption(instantiate: Instantiate, make: Make) -> None:
    instance = instantiate(SPIN, engine=make())
    instance.close()
    expect(Cause.CLOSED, lambda: instance.invoke("answer", [], background()))


def test_closing_the_callee_ends_the_caller(instantiate: Instantiate) -> None:
    callee = instantiate(SPIN)
    caller = instantiate(
        """(module (func $spin (import "a" "spin")) (func $answer (import "a" "answer") (result i32))
          (func (export "run") (call $spin)) (func (export "answer") (result i32) (call $answer)))""",
        {"a": callee},
    )
    threading.Timer(0.02, callee.close).start()
    expect(Cause.CLOSED, lambda: caller.invoke("run", [], background()))
    assert caller.invoke("answer", [], background()) == [Value("i32", 42)]


def test_a_shared_memory_ties_nobody(instantiate: Instantiate) -> None:
    memory = instantiate('(module (memory (export "m") 1 1 shared))')
    text = """(module (memory (import "a" "m") 1 1 shared)
      (func (export "spin") (loop (i32.atomic.store (i32.const 0) (i32.const 1)) (br 0)))
      (func (export "read") (result i32) (i32.atomic.load (i32.const 0))))"""
    writer, reader = (instantiate(text, {"a": memory}) for _ in range(2))
    context = with_cancel(background())
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(writer.invoke, "spin", [], context)
        while reader.invoke("read", [], background()) == [Value("i32", 0)]:
            time.sleep(0.001)
        context.cancel()
        expect(Cause.CANCELLED, running.result)


def test_siblings_run_on(instantiate: Instantiate) -> None:
    """An epoch is an engine's, a context a call's: each ends its own."""
    running, stopped, cancelled = instantiate(SPIN), instantiate(SPIN), with_cancel(background())
    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(running.invoke, "count", [], cancelled)
        while running.memory("m").read(0, 1) == b"\0":
            time.sleep(0.001)
        for _ in range(20):
            with with_timeout(background(), 0.001) as context:
                expect(Cause.DEADLINE, partial(stopped.invoke, "spin", [], context))
        running.memory("m").write(0, b"\0")
        while running.memory("m").read(0, 1) == b"\0":
            assert not other.done()
        cancelled.cancel()
        expect(Cause.CANCELLED, other.result)


def test_off_means_the_context_is_not_looked_at(instantiate: Instantiate, make: Make) -> None:
    instance = instantiate(SPIN, engine=make())
    context = with_cancel(background())
    context.cancel()
    assert instance.invoke("work", [Value("i32", 1_000_000)], context) == [Value("i32", 42)]


NESTED = """(module (import "host" "enter" (func $enter (result i32)))
    (func (export "outer") (drop (call $enter)) (loop (br 0)))
    (func (export "swallow") (result i32) (call $enter))
    (func (export "spin") (loop (br 0)))
    (func (export "work") (loop))
    (func (export "trap") unreachable))"""


class Host:
    """A function that calls the instance again."""

    def __init__(self, instantiate: Instantiate, inner: str, inner_context: Context | None = None) -> None:
        self.inner, self.inner_context = inner, inner_context
        self.outer = with_cancel(background())
        self.instance = instantiate(NESTED, {"host": {"enter": HostFunction((), ("i32",), self.enter)}})

    def enter(self, _args: Sequence[Value]) -> Sequence[Value]:
        self.instance.invoke(self.inner, [], self.inner_context or self.outer)
        return (Value("i32", 0),)


def test_the_outer_call_is_stopped_in_the_inner(instantiate: Instantiate) -> None:
    host = Host(instantiate, "spin")
    threading.Timer(0.02, host.outer.cancel).start()
    expect(Cause.CANCELLED, lambda: host.instance.invoke("outer", [], host.outer))
    with pytest.raises(Trap):
        host.instance.invoke("trap", [], background())


def test_what_happened_during_an_inner_call_of_its_own_is_not_forgotten(instantiate: Instantiate) -> None:
    host = Host(instantiate, "work", background())
    entered = host.enter

    def enter(args: Sequence[Value]) -> Sequence[Value]:
        host.outer.cancel()
        return entered(args)

    host.instance = instantiate(NESTED, {"host": {"enter": HostFunction((), ("i32",), enter)}})
    expect(Cause.CANCELLED, lambda: host.instance.invoke("outer", [], host.outer))


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
    expect(Cause.CANCELLED, lambda: instance.invoke("run", [], context))
    assert len(calls) == 1


def test_an_inner_interruption_can_be_swallowed(instantiate: Instantiate) -> None:
    def enter(_args: Sequence[Value]) -> Sequence[Value]:
        with with_timeout(background(), 0.01) as context:
            expect(Cause.DEADLINE, lambda: instance.invoke("spin", [], context))
        return (Value("i32", 7),)

    instance = instantiate(NESTED, {"host": {"enter": HostFunction((), ("i32",), enter)}})
    assert instance.invoke("swallow", [], background()) == [Value("i32", 7)]


def test_an_inner_trap_goes_through(instantiate: Instantiate) -> None:
    with pytest.raises(Trap, match="unreachable"):
        Host(instantiate, "trap").instance.invoke("outer", [], background())
