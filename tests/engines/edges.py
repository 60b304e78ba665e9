"""The reference interpreter, wrong where a call ends just as it is interrupted, or where many calls run."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, TypeVar, cast

from engines.interp import Interp
from harness.context import background
from harness.engine import Trap, TrapKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from engines.wasm.activation import Activation
    from harness.context import Context

T = TypeVar("T")
CROWD = 4
WINDOW = 0.002
"""Seconds after the end of a call in which it can still go wrong: wide, so that nobody has to be lucky."""


class Torn(Interp):
    """A result that comes when the deadline has just passed is lost on the way."""

    def run(self, work: Callable[[Activation], T], context: Context) -> T:
        found = super().run(work, context)
        if isinstance(found, (list, tuple)) and context.wait(WINDOW):
            return cast("T", [0 for _ in found])
        return found


class Mistaken(Interp):
    """A trap that comes when the deadline has just passed becomes another."""

    def run(self, work: Callable[[Activation], T], context: Context) -> T:
        try:
            return super().run(work, context)
        except Trap:
            if context.wait(WINDOW):
                raise Trap(TrapKind.DIVIDE_BY_ZERO) from None
            raise


class Poisoned(Interp):
    """A call that ends when the deadline has just passed leaves the next one interrupted."""

    poison: Any = None

    def run(self, work: Callable[[Activation], T], context: Context) -> T:
        poison, self.poison = self.poison, None
        found = super().run(work, poison or context)
        if isinstance(found, (list, tuple)) and context.wait(WINDOW):
            self.poison = context
        return found


class Crowded(Interp):
    """Where many calls run, those that come then look at no context."""

    def __init__(self, *, interruptible: bool = False, features: frozenset[str] | None = None) -> None:
        super().__init__(interruptible=interruptible, features=features)
        self.running = 0
        self.lock = threading.Lock()

    def run(self, work: Callable[[Activation], T], context: Context) -> T:
        with self.lock:
            self.running += 1
            deaf = self.running > CROWD
        try:
            return super().run(work, background() if deaf else context)
        finally:
            with self.lock:
                self.running -= 1
