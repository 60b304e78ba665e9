"""Images in the cache on disk, which has also what other versions of this compiler have put there."""

from __future__ import annotations

import functools
from pathlib import Path

import msgspec

import engines.compiler
import engines.wasm
from engines.compiler.native import llvm
from engines.compiler.native.link import Image
from engines.compiler.status import TRAPS
from harness import cache, standard


def load(area: str, name: str) -> Image | None:
    """The image `name` of `area`; None if there is none."""
    content = cache.load(area, name)
    if content is None:
        return None
    try:
        return msgspec.msgpack.decode(content, type=Image)
    except msgspec.DecodeError:
        return None


def store(area: str, name: str, image: Image) -> None:
    """Keep an image, if the disk lets us."""
    cache.store(area, name, msgspec.msgpack.encode(image))


@functools.cache
def fingerprint() -> str:
    """What an image depends on besides what it was made of: this compiler, numbers of traps, LLVM, processor.

    That there is an image of a module also says that this is valid, which depends on reader and validator.
    """
    folders = [Path(module.__file__ or "").parent for module in (engines.compiler, engines.wasm, standard)]
    sources = [path.read_bytes() for folder in folders for path in sorted(folder.rglob("*.py"))]
    return cache.key(*sources, repr(TRAPS), llvm.fingerprint())
