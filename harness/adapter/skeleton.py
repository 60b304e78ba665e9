"""Adapters to begin with: a copy of one of the `skeletons`, under a name of its own.

They are real programs, each in its language, and work as they stand; the name of the engine in them is
``my-engine``, in whatever spelling the language has for it.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

SKELETONS = Path(__file__).with_name("skeletons")
LANGUAGES = ("python", "go", "rust", "node", "java")
"""The folders of `SKELETONS`."""
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_BUILT = {"__pycache__", "target", "node_modules"}
"""Folders that come into being where somebody tries a skeleton in place."""


class CannotWrite(Exception):
    """The skeleton cannot be written; the message is one line that says why."""


def write(name: str, language: str, directory: Path) -> list[Path]:
    """Write a skeleton into a directory that is not there yet, or empty; the files, in order.

    `name` is that of the engine: lower-case words with hyphens in between. Raises `CannotWrite`.
    """
    if not _NAME.fullmatch(name):
        raise CannotWrite(f"{name!r} is no name for an engine: lower-case words, with hyphens in between")
    if language == "python" and _spelt(name, "my_engine") in sys.stdlib_module_names:
        raise CannotWrite(f"{name!r} is the name of a module of Python's own")
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise CannotWrite(f"{directory} is there already, and not empty")
    source = SKELETONS / language
    written = []
    try:
        for path in sorted(path for path in source.rglob("*") if path.is_file()):
            place = path.relative_to(source)
            if _BUILT.isdisjoint(place.parts):
                target = directory / _named(str(place), name)
                if target.name == "gitignore":
                    target = target.with_name(".gitignore")
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(_named(path.read_text("utf-8"), name), "utf-8")
                if target.suffix == ".sh":
                    target.chmod(0o755)
                written.append(target)
    except OSError as error:
        raise CannotWrite(f"cannot write {error.filename}: {error.strerror}") from error
    return written


def _named(text: str, name: str) -> str:
    """The text with the name of the engine for ``my-engine``."""
    return re.sub("my-engine|my_engine|MyEngine", lambda match: _spelt(name, match[0]), text)


def _spelt(name: str, like: str) -> str:
    """The name, spelt as ``my-engine``, ``my_engine`` or ``MyEngine`` is."""
    if like == "MyEngine":
        return "".join(word.capitalize() for word in name.split("-"))
    return name.replace("-", like[2])
