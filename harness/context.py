"""Deadlines and cancellation, after Go's ``context``.

A context is done when it is cancelled, when its deadline has passed, or when its parent is done, whichever
comes first; the first cause stays. Contexts are safe to use from any thread.

>>> context = with_timeout(background(), seconds=1.0)
>>> unregister = context.on_done(lambda: print("stop"))
>>> context.cancel()
stop
>>> context.cause
<Cause.CANCELLED: 'cancelled'>
"""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

NANOSECONDS = 1_000_000_000


class Cause(StrEnum):
    """Why a call was interrupted."""

    DEADLINE = "deadline"
    CANCELLED = "cancelled"
    CLOSED = "closed"


class Context:
    """One node of the tree of contexts; made by the functions below."""

    def __init__(self, parent: Context | None = None, deadline: int | None = None) -> None:
        inherited = parent.deadline if parent is not None else None
        known = [at for at in (deadline, inherited) if at is not None]
        self.deadline: int | None = min(known) if known else None
        """CLOCK_MONOTONIC nanoseconds, or None."""
        self.cause: Cause | None = None
        self.done_at: int | None = None
        """When the context became due: the deadline itself, or the moment of the cancel (ns)."""
        self._lock = threading.Lock()
        self._callbacks: dict[int, Callable[[], object]] = {}
        self._keys = itertools.count()
        self._forget_parent: Callable[[], None] = _nothing
        if parent is not None:
            self._forget_parent = parent.on_done(lambda: self._finish_like(parent))
        if deadline is not None and deadline == self.deadline and not self.done:
            if deadline <= time.monotonic_ns():
                self._finish(Cause.DEADLINE, deadline)
            else:
                _clock.call_at(deadline, self)

    @property
    def done(self) -> bool:
        """Whether the context is done."""
        return self.cause is not None

    def cancel(self) -> None:
        """Make the context done, unless it is already; again and from many threads does no harm."""
        self._finish(Cause.CANCELLED, time.monotonic_ns())

    def on_done(self, callback: Callable[[], object]) -> Callable[[], None]:
        """Call `callback` once when the context is done: at once if it is already, else from another thread.

        The function that comes back takes the registration away; it is safe to call twice.
        """
        with self._lock:
            if self.cause is None:
                key = next(self._keys)
                self._callbacks[key] = callback
                return lambda: self._forget(key)
        callback()
        return _nothing

    def wait(self, seconds: float | None = None) -> bool:
        """Block until the context is done, at most `seconds`; whether it is."""
        event = threading.Event()
        unregister = self.on_done(event.set)
        try:
            return event.wait(seconds)
        finally:
            unregister()

    def release(self) -> None:
        """Let go of parent and timer without making the context done: the call is over."""
        self._forget_parent()
        _clock.forget(self)

    def __enter__(self) -> Context:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def _forget(self, key: int) -> None:
        with self._lock:
            self._callbacks.pop(key, None)

    def _finish_like(self, parent: Context) -> None:
        assert parent.cause is not None
        assert parent.done_at is not None
        self._finish(parent.cause, parent.done_at)

    def _finish(self, cause: Cause, at: int) -> None:
        with self._lock:
            if self.cause is not None:
                return
            self.done_at = at
            self.cause = cause
            callbacks = list(self._callbacks.values())
            self._callbacks.clear()
        self.release()
        for callback in callbacks:
            callback()


def background() -> Context:
    """A context that is never done: the root of a tree."""
    return Context()


def with_cancel(parent: Context) -> Context:
    """A child that can be cancelled on its own."""
    return Context(parent)


def with_deadline(parent: Context, deadline: int) -> Context:
    """A child that is done at `deadline` (CLOCK_MONOTONIC nanoseconds) at the latest."""
    return Context(parent, deadline)


def with_timeout(parent: Context, seconds: float) -> Context:
    """A child that is done `seconds` from now at the latest; zero and less mean at once."""
    return Context(parent, time.monotonic_ns() + round(seconds * NANOSECONDS))


def _nothing() -> None:
    pass


class _Clock:
    """One daemon thread that makes contexts done at their deadlines; started with the first deadline."""

    def __init__(self) -> None:
        self._due: list[tuple[int, int, Context]] = []
        self._order = itertools.count()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def call_at(self, deadline: int, context: Context) -> None:
        with self._changed:
            heapq.heappush(self._due, (deadline, next(self._order), context))
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="stopwat-deadlines", daemon=True)
                self._thread.start()
            if self._due[0][2] is context:
                self._changed.notify()

    def forget(self, context: Context) -> None:
        with self._changed:
            kept = [entry for entry in self._due if entry[2] is not context]
            if len(kept) != len(self._due):
                heapq.heapify(kept)
                self._due = kept

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._due:
                    self._changed.wait()
                ahead = self._due[0][0] - time.monotonic_ns()
                if ahead > 0:
                    # threading refuses to wait longer: 292 years on Linux, 49 days on Windows
                    self._changed.wait(min(ahead / NANOSECONDS, threading.TIMEOUT_MAX))
                    continue
                deadline, _, context = heapq.heappop(self._due)
            context._finish(Cause.DEADLINE, deadline)


_clock = _Clock()
