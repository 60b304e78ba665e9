"""Images in executable memory: never writable and executable at once."""

from __future__ import annotations

import ctypes
import struct
import sys
from typing import TYPE_CHECKING

from engines.compiler.native import pages

if TYPE_CHECKING:
    from engines.compiler.native.link import Image

_ADDRESS = struct.Struct("<Q")


class Code:
    """An image in memory, with `data_size` bytes of zeros behind it that can be written.

    Whoever runs the code or refers to the data keeps this alive.
    """

    def __init__(self, image: Image, data_size: int) -> None:
        size = pages.round_up(len(image.content))
        self._region = pages.Region(image.data_offset + max(data_size, 1), pages.READ | pages.WRITE)
        self.address = self._region.address
        """Where the image starts."""
        self.data = self.address + image.data_offset
        """Where the data starts."""
        content = image.content
        if image.absolutes or image.externals:
            patched = bytearray(content)
            for offset, target in image.absolutes:
                _ADDRESS.pack_into(patched, offset, self.address + target)
            for offset, name in image.externals:
                _ADDRESS.pack_into(patched, offset, system_function(name))
            content = bytes(patched)
        ctypes.memmove(self.address, content, len(content))
        self._region.protect(0, size, pages.READ | pages.EXECUTE)
        if sys.platform == "darwin":
            pages.libc.sys_icache_invalidate(ctypes.c_void_p(self.address), ctypes.c_size_t(size))


def system_function(name: str) -> int:
    """The address of a function of the C library; raises ValueError if there is none of that name."""
    try:
        address = ctypes.cast(getattr(pages.libc, name), ctypes.c_void_p).value
    except AttributeError:
        raise ValueError(f"code needs {name!r}, which the system does not have") from None
    assert address is not None
    return address
