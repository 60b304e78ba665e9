"""CPython as it should be while invocations run.

Its recursion limit belongs to the process. So does the interval after which a thread hands over to another
that is waiting, such as the one which has to tell that a deadline has passed. Both are changed while any
thread needs it, and put back afterwards.
"""

from __future__ import annotations

import sys
import threading

MAX_DEPTH = 30_000
"""Python frames on the stack of a thread."""
SWITCH_INTERVAL = 0.0005
"""Seconds until a waiting thread gets its turn; by itself CPython waits ten times as long."""


class _Python:
    """To be entered, on any thread and any number of times."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entered = 0
        self._depth = 0
        self._interval = 0.0

    def __enter__(self) -> None:
        with self._lock:
            if self._entered == 0:
                self._depth = sys.getrecursionlimit()
                self._interval = sys.getswitchinterval()
                sys.setrecursionlimit(max(self._depth, MAX_DEPTH))
                sys.setswitchinterval(min(self._interval, SWITCH_INTERVAL))
            self._entered += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._entered -= 1
            if self._entered == 0:
                sys.setrecursionlimit(self._depth)
                sys.setswitchinterval(self._interval)


python = _Python()
"""The one that this runs on."""
