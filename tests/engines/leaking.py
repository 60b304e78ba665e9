"""Engines that keep something of every call that was interrupted, and near misses that stop doing so."""

from __future__ import annotations

import ctypes
import os
import threading
from typing import TYPE_CHECKING

from honest import Honest, HonestInstance

from harness.engine import Interrupted

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.context import Context

PIECE = 1 << 20
"""Bytes."""
ENOUGH = 20
"""Calls after which a near miss keeps no more."""


class _Keeping(Honest):
    """After an interruption something is kept."""

    def __init__(self, *, interruptible: bool = False, features: frozenset[str] | None = None) -> None:
        super().__init__(interruptible=interruptible, features=features)
        self.kept: list[object] = []

    def keep(self) -> object:
        """What is kept of a call."""
        raise NotImplementedError

    class instance(HonestInstance):
        def repeat(self, context: Context, until: float | None, body: Callable[[], None]) -> None:
            try:
                super().repeat(context, until, body)
            except Interrupted:
                assert isinstance(self.engine, _Keeping)
                self.engine.kept.append(self.engine.keep())
                raise


class LeaksThreads(_Keeping):
    """A thread waits for ever."""

    def keep(self) -> object:
        return thread()


class LeaksDescriptors(_Keeping):
    """A file is never closed."""

    def keep(self) -> object:
        return descriptor()


class LeaksDescriptorsNowAndThen(_Keeping):
    """Of one call in twenty a file is never closed."""

    def keep(self) -> object:
        return descriptor() if len(self.kept) % 20 == 19 else None


class LeaksTimers(_Keeping):
    """A timer of the system is never deleted."""

    def keep(self) -> object:
        event = (ctypes.c_int * 16)(0, 0, 0, 1)  # SIGEV_NONE
        timer = ctypes.c_void_p()
        assert ctypes.CDLL(None).timer_create(1, event, ctypes.byref(timer)) == 0
        return timer


class LeaksMemory(_Keeping):
    """A megabyte is never given back."""

    def keep(self) -> object:
        return os.urandom(PIECE)


class Warms(_Keeping):
    """Not wrong: it grows in everything at first, and then no more."""

    def keep(self) -> object:
        return (thread(), descriptor(), os.urandom(PIECE)) if len(self.kept) < ENOUGH else None


class Breathes(_Keeping):
    """Not wrong: every so often it gives back all that it has kept."""

    def keep(self) -> object:
        if len(self.kept) == ENOUGH // 4:
            self.kept.clear()
        return os.urandom(PIECE)


def thread() -> threading.Thread:
    """One that waits for ever."""
    waiting = threading.Thread(target=threading.Event().wait, daemon=True)
    waiting.start()
    return waiting


def descriptor() -> int:
    """One that nobody closes."""
    return os.open(os.devnull, os.O_RDONLY)
