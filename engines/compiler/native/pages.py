"""Pages of memory from the operating system, given back when the `Region` is no longer referred to."""

from __future__ import annotations

import ctypes
import mmap
import os
import sys
import weakref

PAGE = mmap.PAGESIZE

NONE = mmap.PROT_NONE if hasattr(mmap, "PROT_NONE") else 0
READ = mmap.PROT_READ
WRITE = mmap.PROT_WRITE
EXECUTE = mmap.PROT_EXEC

_MAP_NORESERVE = 0x4000 if sys.platform == "linux" else 0x40

libc = ctypes.CDLL(None, use_errno=True)
_mmap = libc.mmap
_mmap.restype = ctypes.c_void_p
_mmap.argtypes = (
    ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_longlong,
)  # fmt: skip
_munmap = libc.munmap
_munmap.argtypes = (ctypes.c_void_p, ctypes.c_size_t)
_mprotect = libc.mprotect
_mprotect.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
_madvise = libc.madvise
_madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
_DISCARD = 4 if sys.platform == "linux" else 5  # MADV_DONTNEED; MADV_FREE
_ADDRESSES = 1 << 48
_FAILED = ctypes.c_void_p(-1).value


def round_up(size: int) -> int:
    """The least multiple of the page size that holds `size` bytes."""
    return -(-size // PAGE) * PAGE


class Region:
    """Consecutive pages of zeros, private to the process; what is not touched takes no memory."""

    def __init__(self, size: int, protection: int) -> None:
        """Raises MemoryError if there are none to be had; `size` is a number of bytes, more than 0."""
        self.size = round_up(size)
        if self.size > _ADDRESSES:
            # ctypes would take what is left of it modulo the size of a word.
            raise MemoryError(f"{size} bytes are more than there are addresses for")
        flags = mmap.MAP_PRIVATE | mmap.MAP_ANON | _MAP_NORESERVE
        address = _mmap(None, self.size, protection, flags, -1, 0)
        if address is None or address == _FAILED:
            raise MemoryError(f"mmap of {self.size} bytes: {os.strerror(ctypes.get_errno())}")
        self.address: int = address
        # Not at exit: a thread may still run in them.
        weakref.finalize(self, _munmap, address, self.size).atexit = False

    def protect(self, offset: int, size: int, protection: int) -> None:
        """Change what the pages in a range may be used for; raises MemoryError if the system refuses."""
        if size and _mprotect(self.address + offset, round_up(size), protection) != 0:
            raise MemoryError(f"mprotect of {size} bytes: {os.strerror(ctypes.get_errno())}")

    def discard(self, offset: int, size: int) -> None:
        """Let the system have whole pages; what is in them afterwards is arbitrary."""
        _madvise(self.address + offset, size, _DISCARD)
