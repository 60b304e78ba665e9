"""What all generated code shares: the way in and out, the long operations, calls of the host."""

from __future__ import annotations

import ctypes
import functools
import threading
from typing import TYPE_CHECKING

from engines.compiler import images
from engines.compiler.native import llvm
from engines.compiler.native.link import link
from engines.compiler.native.load import Code
from engines.compiler.runtime import allocation, arrays, bulk, collector, entry
from harness import cache

if TYPE_CHECKING:
    from collections.abc import Callable

    from engines.compiler.layout import ExecutionContext
    from engines.compiler.native.link import Image

_AREA = "compiler-runtime"


class Runtime:
    """The shared code, loaded."""

    def __init__(self, image: Image) -> None:
        self._code = Code(image, 0)
        self.addresses = {name: self._code.address + offset for name, offset in image.symbols.items()}
        self.enter: Callable[[int, int, int], int] = ctypes.CFUNCTYPE(
            ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p
        )(self.addresses["enter"])
        """``enter(context, code, registers)`` gives a number of `engines.compiler.status`; without the
        GIL.
        """

    def fill_in(self, context: ExecutionContext) -> None:
        """Tell a new execution context where the shared code is."""
        context.fail = self.addresses["fail"]
        context.enter_host = self.addresses["enter_host"]
        context.guard = self.addresses["guard"]
        context.unwind = self.addresses["unwind"]
        for name in (*bulk.HELPERS, *arrays.HELPERS, *allocation.HELPERS):
            setattr(context, name, self.addresses[name])


_loading = threading.Lock()


def runtime() -> Runtime:
    """The shared code of this process."""
    with _loading:
        return _load()


@functools.cache
def _load() -> Runtime:
    parts = (bulk, allocation, collector, arrays)
    texts = (entry.module(llvm.machine()), *(part.module() for part in parts))
    name = cache.key(images.fingerprint(), *texts)
    image = images.load(_AREA, name)
    if image is None:
        image = link(llvm.emit(text, "optimised", str) for text in texts)
        images.store(_AREA, name, image)
    return Runtime(image)
