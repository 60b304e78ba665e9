"""Thunks: code that stands for a function of the host.

A thunk puts its number into a scratch register and jumps to `enter_host`. They are made a page at a time,
alike but for their numbers, and never change; a number that is not needed any more is given to another
function.
"""

from __future__ import annotations

import struct
import threading
from typing import TYPE_CHECKING

from engines.compiler.layout import ExecutionContext
from engines.compiler.native import llvm
from engines.compiler.native.link import Image
from engines.compiler.native.load import Code

if TYPE_CHECKING:
    from collections.abc import Callable

SIZE = 16
"""Bytes of a thunk."""
_PAGE = 256
"""Thunks made at once."""
_ENTER_HOST = ExecutionContext.enter_host.offset


def _x86_64(number: int) -> bytes:
    # mov r11d, number; jmp [r13 + offset]
    return (b"\x41\xbb" + struct.pack("<I", number) + b"\x41\xff\x65" + bytes([_ENTER_HOST])).ljust(
        SIZE, b"\xcc"
    )


def _aarch64(number: int) -> bytes:
    # movz w16, low; movk w16, high, lsl 16; ldr x17, [x20, offset]; br x17
    return struct.pack(
        "<4I",
        0x52800010 | (number & 0xFFFF) << 5,
        0x72A00010 | (number >> 16) << 5,
        0xF9400291 | (_ENTER_HOST // 8) << 10,
        0xD61F0220,
    )


THUNKS: dict[str, Callable[[int], bytes]] = {"x86_64": _x86_64, "aarch64": _aarch64}


class Thunks:
    """The thunks of a process."""

    def __init__(self) -> None:
        self._pages: list[Code] = []
        self._free: list[int] = []
        self._lock = threading.Lock()

    def take(self) -> tuple[int, int]:
        """A number that is not in use, and the address of its thunk."""
        with self._lock:
            if not self._free:
                self._add_page()
            number = self._free.pop()
            return number, self._pages[number // _PAGE].address + number % _PAGE * SIZE

    def give_back(self, number: int) -> None:
        """Nothing will call this thunk again."""
        self._free.append(number)

    def _add_page(self) -> None:
        first = len(self._pages) * _PAGE
        make = THUNKS[llvm.machine()]
        content = b"".join(make(number) for number in range(first, first + _PAGE))
        self._pages.append(Code(Image(content, {}, (), ()), 0))
        self._free.extend(reversed(range(first, first + _PAGE)))


thunks = Thunks()
