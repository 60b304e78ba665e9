"""How much memory everything together may take: a module that hoards gets an error; the process lives."""

from __future__ import annotations

import gc
import time

import psutil


class Footprint:
    """What the process has allocated: a look at its size, now and then."""

    def __init__(self) -> None:
        self.limit = 1 << 32
        """Bytes that the process may have in memory."""
        self.step = 1 << 26
        """Bytes that may be allocated between two looks; one takes as long as hundreds of instructions."""
        self.left = self.step
        """Bytes until the next look."""
        self.pause = 0.2
        """Seconds between two collections of garbage: whoever hoards asks again and again."""
        self._collected = -self.pause

    def take(self, size: int) -> None:
        """Before `size` bytes, at most some megabytes, are allocated; raises MemoryError if they must not."""
        self.left -= size
        if self.left < 0:
            self.look()

    def look(self) -> None:
        """Raise MemoryError if the process is too large."""
        self.left = self.step
        if resident() > self.limit and not self._collect():
            self.left = 0
            raise MemoryError

    def _collect(self) -> bool:
        """Whether the process is small enough without its garbage.

        Instances are cycles, and Python counts objects, not bytes: it does not see that one has a gigabyte.
        """
        if time.monotonic() - self._collected < self.pause:
            return False
        gc.collect()
        self._collected = time.monotonic()
        return resident() <= self.limit


def resident() -> int:
    """Bytes of the process that are in memory."""
    size: int = psutil.Process().memory_info().rss
    return size


footprint = Footprint()
"""Of this process."""
