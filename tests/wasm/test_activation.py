from __future__ import annotations

import threading

import pytest

from engines.wasm.activation import MAX_NESTING, Activation
from harness.context import Cause
from harness.engine import Exhausted, Interrupted


def test_the_first_cause_stays() -> None:
    with Activation(True) as activation:
        activation.poll()
        activation.interrupt(Cause.DEADLINE)
        activation.interrupt(Cause.CLOSED)
        with pytest.raises(Interrupted, match="deadline"):
            activation.poll()


def test_interrupting_reaches_those_within() -> None:
    with Activation(True) as outer, Activation(True) as middle, Activation(True) as inner:
        middle.interrupt(Cause.CANCELLED)
        assert (outer.cause, middle.cause, inner.cause) == (None, Cause.CANCELLED, Cause.CANCELLED)


def test_interrupted_beforehand_it_reaches_those_that_come_later() -> None:
    with Activation(True) as outer:
        outer.interrupt(Cause.CANCELLED)
        with Activation(True) as inner:
            assert inner.cause is Cause.CANCELLED


def test_one_that_is_not_interruptible_passes_it_on() -> None:
    with Activation(False) as outer, Activation(True) as inner:
        outer.interrupt(Cause.CANCELLED)
        outer.poll()
        assert inner.cause is Cause.CANCELLED


def test_one_that_is_over_is_not_reached() -> None:
    with Activation(True) as outer:
        with Activation(True) as inner:
            pass
        outer.interrupt(Cause.CANCELLED)
        assert inner.cause is None


def test_threads_have_their_own() -> None:
    causes: list[Cause | None] = []

    def other() -> None:
        with Activation(True) as activation:
            outer.interrupt(Cause.CANCELLED)
            causes.append(activation.cause)

    with Activation(True) as outer:
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert causes == [None]


def test_nesting_has_an_end() -> None:
    def nest(depth: int) -> int:
        try:
            with Activation(True):
                return nest(depth + 1)
        except Exhausted:
            return depth

    for _ in range(2):
        assert nest(0) == MAX_NESTING + 1
