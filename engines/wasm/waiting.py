"""Waiting for notifications (the proposal "threads"), for every engine."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from engines.wasm.activation import Activation

WOKEN, NOT_EQUAL, TIMED_OUT = range(3)
"""Results of waiting."""


class Waiting:
    """Those who wait, by address, in the order they came."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._queues: dict[int, list[threading.Event]] = {}

    def wait(self, address: int, expected: Callable[[], bool], timeout: int, activation: Activation) -> int:
        """Sleep until notified, if memory holds the expected value; what the instruction gives.

        `expected` looks, and no notification comes between its answer and the sleep. `timeout` is an i64,
        unsigned as all values are, in nanoseconds; a negative one is for ever. Raises `Interrupted`.
        """
        alarm = threading.Event()
        with self._lock:
            if not expected():
                return NOT_EQUAL
            self._queues.setdefault(address, []).append(alarm)
        try:
            activation.sleep(alarm, _seconds(timeout))
        finally:
            woken = not self._forget(address, alarm)
        return WOKEN if woken else TIMED_OUT

    def notify(self, address: int, count: int) -> int:
        """Wake those who have waited longest, at most `count`; how many."""
        with self._lock:
            queue = self._queues.get(address, [])
            woken = queue[:count]
            del queue[:count]
        for alarm in woken:
            alarm.set()
        return len(woken)

    def _forget(self, address: int, alarm: threading.Event) -> bool:
        """Whether it still was in the queue."""
        with self._lock:
            queue = self._queues.get(address, [])
            waits = alarm in queue
            if waits:
                queue.remove(alarm)
            if not queue:
                self._queues.pop(address, None)
            return waits


def _seconds(timeout: int) -> float | None:
    """For ever, None, is also what is beyond what can be waited for."""
    seconds = timeout / 1_000_000_000
    return None if timeout >> 63 or seconds > threading.TIMEOUT_MAX else seconds
