"""Shared memories, atomics, and sleeping until notified."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, TypeAlias

import pytest

from harness.context import Cause, background, with_cancel, with_timeout
from harness.engine import Instance, Interrupted, Trap, TrapKind, Value

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.context import Context

    Instantiate: TypeAlias = Callable[..., Instance]

WAT = """
    (module
      (memory (export "memory") 1 10 shared)
      (memory $own 1 1)
      (func (export "add") (param i32)
        (loop
          (drop (i32.atomic.rmw.add (i32.const 8) (i32.const 1)))
          (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
      (func (export "wait") (param i32 i64) (result i32)
        (memory.atomic.wait32 (i32.const 16) (local.get 0) (local.get 1)))
      (func (export "wait-own") (result i32)
        (memory.atomic.wait64 $own (i32.const 16) (i64.const 0) (i64.const 0)))
      (func (export "notify") (param i32) (result i32)
        (memory.atomic.notify (i32.const 16) (local.get 0)))
      (func (export "load") (result i32) (i32.atomic.load (i32.const 8))))"""
WOKEN, NOT_EQUAL, TIMED_OUT = 0, 1, 2
FOREVER = Value("i64", (1 << 64) - 1)


@pytest.fixture
def shared(instantiate: Instantiate) -> Instance:
    """An instance with a shared memory, to be called from several threads."""
    return instantiate(WAT)


def call(instance: Instance, name: str, *args: Value, context: Context | None = None) -> int | None:
    (value,) = instance.invoke(name, args, context or background())
    return value.bits


def sleep(instance: Instance, answers: list[int | None]) -> threading.Thread:
    """A thread that waits until it is notified."""
    thread = threading.Thread(target=lambda: answers.append(call(instance, "wait", Value("i32", 0), FOREVER)))
    thread.start()
    return thread


def test_modifications_are_atomic(shared: Instance) -> None:
    arguments = ("add", [Value("i32", 2000)], background())
    threads = [threading.Thread(target=shared.invoke, args=arguments) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert call(shared, "load") == 8000


def test_notifying_wakes_as_many_as_asked(shared: Instance) -> None:
    answers: list[int | None] = []
    threads = [sleep(shared, answers) for _ in range(3)]
    woken = 0
    while woken < 2:
        woken += call(shared, "notify", Value("i32", 2 - woken)) or 0
    while woken < 3:
        woken += call(shared, "notify", Value("i32", 100)) or 0
    for thread in threads:
        thread.join()
    assert answers == [WOKEN] * 3
    assert call(shared, "notify", Value("i32", 100)) == 0


def test_what_need_not_be_waited_for(shared: Instance) -> None:
    assert call(shared, "wait", Value("i32", 1), FOREVER) == NOT_EQUAL
    assert call(shared, "wait", Value("i32", 0), Value("i64", 0)) == TIMED_OUT
    assert call(shared, "wait", Value("i32", 0), Value("i64", 1_000_000)) == TIMED_OUT
    with pytest.raises(Trap) as raised:
        call(shared, "wait-own")
    assert raised.value.kind is TrapKind.EXPECTED_SHARED_MEMORY


class TestInterruption:
    """Sleep ends when the call is interrupted."""

    @pytest.fixture
    def interruptible(self) -> bool:
        return True

    @pytest.mark.parametrize("timeout", [FOREVER, Value("i64", 60 * 10**9)])
    def test_by_the_deadline(self, shared: Instance, timeout: Value) -> None:
        with with_timeout(background(), 0.01) as context, pytest.raises(Interrupted) as raised:
            call(shared, "wait", Value("i32", 0), timeout, context=context)
        assert raised.value.cause is Cause.DEADLINE

    def test_by_cancelling_and_closing(self, instantiate: Instantiate) -> None:
        for cause in (Cause.CANCELLED, Cause.CLOSED):
            instance = instantiate(WAT)
            context = with_cancel(background())
            end = context.cancel if cause is Cause.CANCELLED else instance.close
            timer = threading.Timer(0.01, end)
            timer.start()
            with pytest.raises(Interrupted) as raised:
                call(instance, "wait", Value("i32", 0), FOREVER, context=context)
            timer.join()
            assert raised.value.cause is cause

    def test_who_was_interrupted_is_not_notified(self, shared: Instance, instantiate: Instantiate) -> None:
        other = instantiate(
            '(module (import "m" "memory" (memory 1 10 shared))'
            ' (func (export "notify") (result i32) (memory.atomic.notify (i32.const 16) (i32.const 9))))',
            {"m": shared},
        )
        with with_timeout(background(), 0.01) as context, pytest.raises(Interrupted):
            call(shared, "wait", Value("i32", 0), FOREVER, context=context)
        assert call(other, "notify") == 0
