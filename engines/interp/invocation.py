"""Invocations from the host, and the stack they run on.

Calls between Wasm functions are calls between Python functions, which CPython runs without growing the native
stack: only its recursion limit ends them, and then the call stack is exhausted. The limit belongs to the
process, so it is raised while any invocation runs, and put back afterwards. Native stack is needed only where
the host calls back in, and `engines.wasm.activation.MAX_NESTING` bounds that.
"""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING

from engines.interp.structured import Thrown
from engines.wasm.activation import Activation
from harness.engine import EngineError, Exhausted, Uncaught

if TYPE_CHECKING:
    from engines.interp.frame import Frame
    from engines.interp.store import Function
    from harness.context import Cause

MAX_DEPTH = 30_000
"""Python frames on the stack of a thread: a Wasm call takes one, and one for each block it is nested in."""
LARGE_FRAME = 256
"""Functions whose frames might have so many entries count them; the others are few enough by `MAX_DEPTH`."""
ROOM = 2_000_000
"""Entries of counted frames on the stack of an invocation."""


class Invocation(Activation):
    """An activation with a stack."""

    __slots__ = ("alarm", "room")

    def __init__(self, interruptible: bool) -> None:
        super().__init__(interruptible)
        self.room = ROOM
        """Entries that counted frames may still have."""
        self.alarm: threading.Event | None = None
        """What the thread sleeps on, if it does."""

    def interrupt(self, cause: Cause) -> None:
        """Tell it to stop, and wake it up."""
        super().interrupt(cause)
        alarm = self.alarm
        if alarm is not None and self.interruptible:
            alarm.set()

    def sleep(self, alarm: threading.Event, seconds: float | None) -> None:
        """Until `alarm` is set, but no longer than that; raises `Interrupted`."""
        self.alarm = alarm
        try:
            self.poll()
            alarm.wait(seconds)
            self.poll()
        finally:
            self.alarm = None

    def __enter__(self) -> Invocation:
        super().__enter__()
        if isinstance(self.outer, Invocation):
            self.room = self.outer.room
        return self


class _DeepRecursion:
    """While entered by any thread, the recursion limit is high."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entered = 0
        self._before = 0

    def __enter__(self) -> None:
        with self._lock:
            if self._entered == 0:
                self._before = sys.getrecursionlimit()
                if self._before < MAX_DEPTH:
                    sys.setrecursionlimit(MAX_DEPTH)
            self._entered += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._entered -= 1
            if self._entered == 0 and sys.getrecursionlimit() == MAX_DEPTH:
                sys.setrecursionlimit(self._before)


_deep_recursion = _DeepRecursion()


def run(function: Function, frame: Frame) -> None:
    """Call `function` with the arguments that are on `frame`; its results replace them.

    Raises `Exhausted` and `Uncaught` besides what the code raises.
    """
    with _deep_recursion:
        try:
            function.enter(frame)
        except RecursionError:
            error: EngineError = Exhausted()
        except Thrown as thrown:
            error = Uncaught(f"an exception with {len(thrown.exception.values)} values")
        else:
            return
    # Not from within the handler: what was caught there keeps all frames alive that it went through.
    raise error
