"""From a name to an engine.

A name is one of

- an entry point of the group ``stopwat.engines``: ``interp``;
- ``package.module:Attribute``, or ``path/to/file.py:Attribute``: a class or function that is called as
  `harness.engine.Engine` is, ``Attribute(interruptible=..., features=...)``, or a `Program`;
- ``exec:command with arguments``: a program that speaks `harness.sandbox.protocol`.
"""

from __future__ import annotations

import importlib
import os
import sys
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import ModuleType

    from harness.engine import Engine

GROUP = "stopwat.engines"
EXEC = "exec:"
_FORMS = "package.module:Attribute, path/to/file.py:Attribute or exec:command"


class Choice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An engine in one configuration."""

    engine: str
    """A name, as above."""
    interruptible: bool = False
    features: tuple[str, ...] | None = None
    """Names of `harness.standard.features` to narrow the engine to; None: everything it has."""


class Program(ABC):
    """What a name leads to if the engine is a program of its own, which may have to be built."""

    @abstractmethod
    def command(self, announce: Callable[[str], None]) -> Sequence[str]:
        """The path of the program and its arguments; raises `harness.engine.Unavailable`.

        What takes long, such as building it, is announced before it begins, in a few words.
        """


class Factory(Protocol):
    """What a name leads to otherwise."""

    def __call__(self, *, interruptible: bool, features: frozenset[str] | None) -> Engine:
        """Make the engine; raises `harness.engine.Unavailable` if it cannot work here."""


class UnknownEngine(LookupError):
    """Nothing has that name; the message is one line that says what there is."""


def names() -> list[str]:
    """The engines that are installed, in alphabetical order; none of them is imported."""
    return sorted(_installed())


def split(text: str) -> list[str]:
    """Names separated by commas; but a command may have commas of its own, and stands alone."""
    names = [text] if text.startswith(EXEC) else text.split(",")
    return [name.strip() for name in names if name.strip()]


def resolve(name: str) -> str:
    """The name with an entry point replaced by what it stands for; nothing is imported.

    Raises `UnknownEngine`.
    """
    if ":" in name:
        return name
    installed = _installed()
    if name not in installed:
        raise UnknownEngine(f"unknown engine {name!r}{_near(name, list(installed))}, or {_FORMS}")
    return installed[name]


def program(name: str) -> tuple[list[str], dict[str, str]]:
    """The program to start for an engine: its arguments, and what its environment has in addition.

    Raises `UnknownEngine`.
    """
    if name.startswith(EXEC):
        import shlex

        try:
            words = shlex.split(name.removeprefix(EXEC))
        except ValueError as error:
            raise UnknownEngine(f"unknown engine {name!r}: {error}") from None
        if not words:
            raise UnknownEngine(f"unknown engine {name!r}: there is no command after {EXEC!r}")
        return words, {}
    # The worker finds every module that we find, in the same order, and last what lies in the current
    # directory; without -P that would come first and shadow what others import.
    path = [*(place or os.curdir for place in sys.path), os.curdir]
    arguments = [sys.executable, "-P", "-m", "harness.sandbox.worker", resolve(name)]
    return arguments, {"PYTHONPATH": os.pathsep.join(path)}


def load(name: str) -> Factory | Program:
    """Import an engine; only a worker does this, since the import may do anything.

    Raises `UnknownEngine`, and whatever the import raises.
    """
    if name.startswith(EXEC):
        raise UnknownEngine(f"unknown engine {name!r}: a program is its own worker")
    place, _, attribute = resolve(name).rpartition(":")
    module = _file(name, place) if place.endswith(".py") else _module(name, place)
    found: Any = module
    for part in attribute.split("."):
        if not hasattr(found, part):
            public = [key for key, value in vars(found).items() if callable(value) and key[0] != "_"]
            raise UnknownEngine(f"unknown engine {name!r}: {place} has no {part!r}{_near(part, public)}")
        found = getattr(found, part)
    if isinstance(found, Program):
        return found
    if not callable(found):
        raise UnknownEngine(f"unknown engine {name!r}: {attribute} is not callable")
    factory: Factory = found
    return factory


def _installed() -> dict[str, str]:
    # imported here: it takes longer than everything else a worker needs to start
    from importlib.metadata import entry_points

    return {entry.name: entry.value for entry in entry_points(group=GROUP)}


def _module(name: str, place: str) -> ModuleType:
    try:
        return importlib.import_module(place)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{place}.".startswith(f"{error.name}."):
            raise
        raise UnknownEngine(f"unknown engine {name!r}: there is no module {error.name!r}") from None


def _file(name: str, place: str) -> ModuleType:
    """Import a file, with its directory first on the path, as when Python runs a script."""
    from importlib.util import module_from_spec, spec_from_file_location

    path = os.path.realpath(place)
    if not os.path.isfile(path):  # noqa: PTH113  pathlib takes as long to import as the whole worker
        raise UnknownEngine(f"unknown engine {name!r}: there is no file {path}")
    directory, file = os.path.split(path)
    sys.path.insert(0, directory)
    spec = spec_from_file_location(file.removesuffix(".py"), path)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[spec.name] = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _near(name: str, known: list[str]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(name, known, n=1)
    meant = f" (did you mean {close[0]!r}?)" if close else ""
    return f"{meant}; there are: {', '.join(sorted(known)) or 'none'}"
