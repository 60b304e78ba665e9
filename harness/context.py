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
    """One node of the tree of contexts; made by the functions below.

    A context with a parent or a deadline is held by them until it is done or released: use it in a ``with``
    statement, or call `release`.
    """

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
        self._timer: _Timer | None = None
        if parent is not None:
            self._forget_parent = parent.on_done(lambda: self._finish_like(parent))
        if deadline is not None and deadline == self.deadline and not self.done:
            if deadline <= time.monotonic_ns():
                self._finish(Cause.DEADLINE, deadline)
            else:
                self._timer = _clock.call_at(deadline, self)
                if self.done:  # the parent was quicker
                    self.release()

    @property
    def done(self) -> bool:
        """Whether the context is done."""
        return self.cause is not None

    def cancel(self) -> None:
        """Make the context done, unless it is already; again and from many threads does no harm.

        Where the deadline has passed, but nobody got to say so yet, the cause is the deadline.
        """
        now = time.monotonic_ns()
        if self.deadline is not None and self.deadline <= now:
            self._finish(Cause.DEADLINE, self.deadline)
        else:
            self._finish(Cause.CANCELLED, now)

    def on_done(self, callback: Callable[[], object]) -> Callable[[], None]:
        """Call `callback` once when the context is done: at once if it is already, else from another thread.

        The function that comes back takes the registration away; it is safe to call twice, and does not wait
        for a callback that runs. What a callback raises is shown as an error of its thread, and the others
        run nevertheless.
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
        if self._timer is not None:
            _clock.forget(self._timer)

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
            try:
                callback()
            except Exception as error:
                hook = threading.ExceptHookArgs((type(error), error, error.__traceback__, None))
                threading.excepthook(hook)


def background() -> Context:
    """A context that is never done, unless it is cancelled itself: the root of a tree."""
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


class _Timer:
    """An entry of the clock; `context` is None once it is forgotten."""

    __slots__ = ("context", "deadline", "order")

    def __init__(self, deadline: int, order: int, context: Context) -> None:
        self.deadline = deadline
        self.order = order
        self.context: Context | None = context

    def __lt__(self, other: _Timer) -> bool:
        return (self.deadline, self.order) < (other.deadline, other.order)


class _Clock:
    """One daemon thread that makes contexts done at their deadlines; started with the first deadline."""

    def __init__(self) -> None:
        self._due: list[_Timer] = []
        self._forgotten = 0
        """How many of them; they are swept out before they are the majority."""
        self._order = itertools.count()
        self._wakes: float = 0
        """When the thread looks again, if nobody notifies it: it is not woken for what is due later."""
        # Whoever enters a Condition itself holds it for ever if a signal comes in at the wrong moment.
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._thread: threading.Thread | None = None

    def call_at(self, deadline: int, context: Context) -> _Timer:
        timer = _Timer(deadline, next(self._order), context)
        with self._lock:
            heapq.heappush(self._due, timer)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="stopwat-deadlines", daemon=True)
                self._thread.start()
            if deadline < self._wakes:
                self._changed.notify()
        return timer

    def forget(self, timer: _Timer) -> None:
        with self._lock:
            if timer.context is None:
                return
            timer.context = None
            self._forgotten += 1
            if 2 * self._forgotten > len(self._due):
                self._due = [timer for timer in self._due if timer.context is not None]
                heapq.heapify(self._due)
                self._forgotten = 0

    def _run(self) -> None:
        while True:
            with self._lock:
                if not self._due:
                    self._wakes = float("inf")
                    self._changed.wait()
                    continue
                self._wakes = self._due[0].deadline
                ahead = (self._wakes - time.monotonic_ns()) / NANOSECONDS
                if ahead > 0:
                    # threading refuses to wait longer: 292 years on Linux, 49 days on Windows
                    self._changed.wait(min(ahead, threading.TIMEOUT_MAX))
                    continue
                timer = heapq.heappop(self._due)
                context, timer.context = timer.context, None
                if context is None:
                    self._forgotten -= 1
            if context is not None:
                context._finish(Cause.DEADLINE, timer.deadline)


_clock = _Clock()
