"""Files that are whole or not there: a full disk costs the new content, never the old."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def write(path: Path, data: bytes) -> None:
    """Put a file in the place of whatever is there; raises OSError, and then nothing has changed."""
    if _is_device(path):
        path.write_bytes(data)
        return
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.chmod(0o644)
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def check(path: Path) -> None:
    """Try what `write` begins with; raises the OSError that it would."""
    if not _is_device(path):
        tempfile.TemporaryFile(dir=path.parent).close()


def _is_device(path: Path) -> bool:
    """Or a pipe: what must not be replaced."""
    return path.exists() and not path.is_file()
