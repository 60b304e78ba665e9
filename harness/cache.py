"""A content-addressed cache on disk, which may be full, read-only, shared or gone without harm to a run.

It lives in the user's cache directory; ``STOPWAT_CACHE_DIR`` moves it, ``STOPWAT_CACHE=off`` switches it
off. An entry is written beside its place and moved there whole, carries the digest of its content, and is
taken for missing when that does not fit. No area grows beyond `LIMIT`, roughly: the oldest entries make room.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from pathlib import Path

import platformdirs

LIMIT = 1 << 30
"""Bytes an area may take."""
_DIGEST = 32
_SHARDS = 256


def root() -> Path:
    """The directory of the cache, whether or not it exists or is switched on."""
    moved = os.environ.get("STOPWAT_CACHE_DIR")
    return Path(moved) if moved else platformdirs.user_cache_path("stopwat", appauthor=False)


def enabled() -> bool:
    """Whether entries are read and written."""
    return os.environ.get("STOPWAT_CACHE", "").lower() != "off"


def key(*parts: str | bytes) -> str:
    """The name of what is made of these parts, in order: hexadecimal SHA-256 over lengths and bytes."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "little") + data)
    return digest.hexdigest()


def load(area: str, name: str) -> bytes | None:
    """The entry `name` of `area`, or None if it is not there or damaged."""
    if not enabled():
        return None
    try:
        entry = _path(area, name).read_bytes()
    except OSError:
        return None
    content = entry[_DIGEST:]
    return content if entry[:_DIGEST] == hashlib.sha256(content).digest() else None


def store(area: str, name: str, content: bytes) -> None:
    """Keep an entry, if the disk lets us."""
    if not enabled():
        return
    path = _path(area, name)
    with contextlib.suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, beside = tempfile.mkstemp(dir=path.parent, prefix=".")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(hashlib.sha256(content).digest() + content)
            Path(beside).replace(path)
        except OSError:
            Path(beside).unlink(missing_ok=True)
        _make_room(path)


def _make_room(newest: Path) -> None:
    """Keep the part of an area that `newest` is in within its share; `newest` stays, whatever its size."""
    entries = [
        (entry.stat().st_mtime_ns, entry.stat().st_size, entry.path) for entry in os.scandir(newest.parent)
    ]
    excess = sum(size for _, size, _ in entries) - LIMIT // _SHARDS
    for _, size, path in sorted(entries):
        if excess <= 0:
            return
        if path != str(newest):
            Path(path).unlink(missing_ok=True)
            excess -= size


def _path(area: str, name: str) -> Path:
    return root() / area / name[:2] / name[2:]
