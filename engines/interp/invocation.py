"""Invocations from the host, and the stack they run on.

Calls between Wasm functions are calls between Python functions, which CPython runs without growing the native
stack: only its recursion limit ends them, and then the call stack is exhausted. A Wasm call takes a Python
frame, and one for each block it is nested in. Native stack is needed only where the host calls back in, and
`engines.wasm.activation.MAX_NESTING` bounds that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engines.interp.structured import Thrown
from engines.wasm.activation import Activation
from engines.wasm.python import python
from harness.engine import EngineError, Exhausted, Trap, TrapKind, Uncaught

if TYPE_CHECKING:
    from engines.interp.frame import Frame
    from engines.interp.store import Function

LARGE_FRAME = 256
"""Functions whose frames might have so many entries count them; the recursion limit keeps the others few."""
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


def run(function: Function, frame: Frame) -> None:
    """Call `function` with the arguments that are on `frame`; its results replace them.

    Raises `Exhausted`, `Uncaught`, and `Trap` for want of memory, besides what the code raises.
    """
    with python:
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
