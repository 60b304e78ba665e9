"""The program as the functions see it: what it has been given, and its memory.

Whatever a program passes, a function answers with an error number and never fails: to a pointer that leads
out of its memory with `Errno.FAULT`.
"""

from __future__ import annotations

import os
import random
from enum import IntEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.engine import Memory
    from harness.sandbox.host import Call

MEMORY = "memory"
"""The export that pointers point into."""
INPUT: Final = 0
OUTPUT: Final = 1
ERRORS: Final = 2


class Errno(IntEnum):
    """Error numbers of the standard."""

    SUCCESS = 0
    BADF = 8
    FAULT = 21
    INVAL = 28
    NOSYS = 52
    SPIPE = 70


class Failure(Exception):
    """A function answers with this error number."""

    def __init__(self, errno: Errno) -> None:
        super().__init__(errno.name)
        self.errno = errno


class Program:
    """What one program has been given; it outlives calls, and all instances that import it share it."""

    def __init__(self, args: Sequence[str], env: Sequence[str], stdin: bytes, seed: int | None) -> None:
        """`seed` makes the random bytes repeatable; None: they come from the system."""
        self.args = [_string(arg) for arg in args]
        self.env = [_string(variable) for variable in env]
        self.stdin = memoryview(stdin)
        """What has not been read yet."""
        self.streams = dict.fromkeys((INPUT, OUTPUT, ERRORS), 0)
        """Open descriptors, with the flags that the program has set; nothing blocks, whatever they are."""
        self.random_bytes = os.urandom if seed is None else random.Random(seed).randbytes

    def check(self, fd: int, *allowed: int) -> None:
        """Raises `Failure` unless a descriptor is open, and one of those `allowed`."""
        if fd not in self.streams or (allowed and fd not in allowed):
            raise Failure(Errno.BADF)


class Guest:
    """A program during one call of a function."""

    def __init__(self, program: Program, call: Call) -> None:
        self.program = program
        self.call = call

    def read(self, pointer: int, length: int) -> bytes:
        """Bytes of its memory; raises `Failure`."""
        try:
            return self._memory().read(pointer, length)
        except IndexError:
            raise Failure(Errno.FAULT) from None

    def write(self, pointer: int, data: bytes) -> None:
        """Put bytes into its memory; raises `Failure`."""
        try:
            self._memory().write(pointer, data)
        except IndexError:
            raise Failure(Errno.FAULT) from None

    def write_u32(self, pointer: int, number: int) -> None:
        """Put a size or a pointer into its memory; raises `Failure`."""
        self.write(pointer, number.to_bytes(4, "little"))

    def write_u64(self, pointer: int, number: int) -> None:
        """Put a time into its memory; raises `Failure`."""
        self.write(pointer, number.to_bytes(8, "little"))

    def _memory(self) -> Memory:
        instance = self.call.instance
        if instance is None:  # it is being instantiated, and exports nothing yet
            raise Failure(Errno.FAULT)
        try:
            return instance.memory(MEMORY)
        except KeyError:
            raise Failure(Errno.FAULT) from None


def _string(text: str) -> bytes:
    return text.encode(errors="surrogateescape") + b"\0"
