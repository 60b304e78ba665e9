"""Activations: what a running invocation looks at to learn that it is to stop.

Every invocation from the host has an `Activation` of its own, so two threads in one instance do not disturb
each other. Invocations nest where a host function calls back into Wasm: who interrupts an activation
interrupts those that run within it on the same thread, whatever engines they belong to.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from engines.wasm.python import python
from harness.engine import Exhausted, Interrupted

if TYPE_CHECKING:
    from types import TracebackType

    from harness.context import Cause

MAX_NESTING = 200
"""Invocations within invocations on one thread; a host function may take any amount of native stack."""


class _Innermost(threading.local):
    activation: Activation | None = None


_innermost = _Innermost()


def innermost() -> Activation:
    """The activation that this thread is in."""
    activation = _innermost.activation
    assert activation is not None
    return activation


class Activation:
    """One invocation from the host; while it is entered, it is the innermost of its thread.

    An engine may subclass it to learn of `interrupt`.
    """

    __slots__ = ("alarm", "cause", "inner", "interruptible", "nesting", "outer")

    def __init__(self, interruptible: bool) -> None:
        self.interruptible = interruptible
        """Otherwise `cause` stays None, and it only passes interruptions on."""
        self.cause: Cause | None = None
        """Why to stop; None: go on. The engine polls this."""
        self.outer: Activation | None = None
        self.inner: Activation | None = None
        self.nesting = 0
        self.alarm: threading.Event | None = None
        """What the thread sleeps on, if it does."""

    def interrupt(self, cause: Cause) -> None:
        """Tell it to stop, from any thread, and wake it up; the first cause stays."""
        if self.interruptible:
            if self.cause is None:
                self.cause = cause
            alarm = self.alarm
            if alarm is not None:
                alarm.set()
        inner = self.inner
        if inner is not None:
            inner.interrupt(cause)

    def poll(self) -> None:
        """Raise `Interrupted` if it is to stop."""
        if self.cause is not None:
            raise Interrupted(self.cause)

    def sleep(self, alarm: threading.Event, seconds: float | None) -> None:
        """Until `alarm` is set, but no longer than that; raises `Interrupted`."""
        # In this order: an interruption either finds the alarm, or is found.
        self.alarm = alarm
        try:
            self.poll()
            alarm.wait(seconds)
            self.poll()
        finally:
            self.alarm = None

    def __enter__(self) -> Activation:
        outer = _innermost.activation
        if outer is not None:
            if outer.nesting == MAX_NESTING:
                raise Exhausted
            self.nesting = outer.nesting + 1
            self.outer = outer
            # In this order: an interruption of `outer` either finds us, or we find it.
            outer.inner = self
            # The host's frames between invocations must not meet the recursion limit before that of nesting.
            python.__enter__()
            if outer.cause is not None:
                self.interrupt(outer.cause)
        _innermost.activation = self
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        outer, self.outer = self.outer, None
        if outer is not None:
            python.__exit__()
            outer.inner = None
        _innermost.activation = outer
