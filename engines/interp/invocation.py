"""Invocations from the host, and the stack they run on.

Calls between Wasm functions are calls between Python functions, which CPython runs without growing the native
stack: only its recursion limit ends them, and then the call stack is exhausted. Native stack is needed only
where the host calls back in, and `engines.wasm.activation.MAX_NESTING` bounds that.

The recursion limit belongs to the process. So does the interval after which a thread hands over to another
that is waiting, such as the one which has to tell that a deadline has passed. Both are changed while any
invocation runs, and put back afterwards.
"""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING

from engines.interp.structured import Thrown
from engines.wasm.activation import Activation
from harness.engine import EngineError, Exhausted, Trap, TrapKind, Uncaught

if TYPE_CHECKING:
    from engines.interp.frame import Frame
    from engines.interp.store import Function

MAX_DEPTH = 30_000
"""Python frames on the stack of a thread: a Wasm call takes one, and one for each block it is nested in."""
SWITCH_INTERVAL = 0.0005
"""Seconds until a waiting thread gets its turn; by itself CPython waits ten times as long."""
LARGE_FRAME = 256
"""Functions whose frames might have so many entries count them; the others are few enough by `MAX_DEPTH`."""
ROOM = 2_000_000
"""Entries of counted frames on the stack of an invocation."""


class Invocation(Activation):
    """An activation with a stack."""

    __slots__ = ("room",)

    def __init__(self, interruptible: bool) -> None:
        super().__init__(interruptible)
        self.room = ROOM
        """Entries that counted frames may still have."""

    def __enter__(self) -> Invocation:
        super().__enter__()
        if isinstance(self.outer, Invocation):
            self.room = self.outer.room
        return self


class _Interpreter:
    """CPython as it should be while any thread runs an invocation."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running = 0
        self._depth = 0
        self._interval = 0.0

    def __enter__(self) -> None:
        with self._lock:
            if self._running == 0:
                self._depth = sys.getrecursionlimit()
                self._interval = sys.getswitchinterval()
                sys.setrecursionlimit(max(self._depth, MAX_DEPTH))
                sys.setswitchinterval(min(self._interval, SWITCH_INTERVAL))
            self._running += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._running -= 1
            if self._running == 0:
                sys.setrecursionlimit(self._depth)
                sys.setswitchinterval(self._interval)


_interpreter = _Interpreter()


def run(function: Function, frame: Frame) -> None:
    """Call `function` with the arguments that are on `frame`; its results replace them.

    Raises `Exhausted`, `Uncaught`, and `Trap` for want of memory, besides what the code raises.
    """
    with _interpreter:
        try:
            function.enter(frame)
        except RecursionError:
            error: EngineError = Exhausted()
        except MemoryError:
            error = Trap(TrapKind.ALLOCATION)
        except Thrown as thrown:
            error = Uncaught(f"an exception with {len(thrown.exception.values)} values")
        else:
            return
    # Not from within the handler: what was caught there keeps all frames alive that it went through.
    raise error
