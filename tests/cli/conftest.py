"""The command as a person runs it: a process of its own, in a directory of its own."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple, Protocol

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

COMMAND = (sys.executable, "-c", "from harness.cli import main; main()")

ENGINES = '''
"""Engines that are the reference, but for one thing."""

import ctypes

from engines.interp import Interp
from engines.wasm import adapter
from harness.engine import Unavailable


class Deaf(Interp):
    """Looks at no context, whatever was chosen."""

    def __init__(self, *, interruptible=False, features=None):
        super().__init__(interruptible=False, features=features)


class Segfaults(Interp):
    def run(self, work, context):
        ctypes.string_at(0)


class Raises(Interp):
    def run(self, work, context):
        raise RuntimeError("no such luck")


class Switched(Interp):
    """Where calls can be interrupted, every other result is one too large."""

    right = False

    def run(self, work, context):
        found = super().run(work, context)
        if not self.interruptible or not isinstance(found, (list, tuple)):
            return found
        self.right = not self.right
        return found if self.right else [number + 1 for number in found]


class Broken(Interp):
    def __init__(self, **choice):
        raise ValueError("does not work")


class NotHere(Interp):
    def __init__(self, **choice):
        raise Unavailable("install the-engine to have it")
'''


class Said(NamedTuple):
    """What came of a command."""

    status: int
    out: str
    """Standard output, without the blanks at the ends."""
    told: str
    """Standard error: one line, unless more is asked for."""


class Stopwat(Protocol):
    """Runs the command."""

    def __call__(self, *arguments: str | Path, **environment: str) -> Said: ...


class InTerminal:
    """A command that runs in a terminal, of which this is the other end."""

    def __init__(self, arguments: tuple[str, ...], directory: Path) -> None:
        self._screen, terminal = pty.openpty()
        self.process = subprocess.Popen(
            [*COMMAND, *arguments],
            cwd=directory,
            stdout=terminal,
            stderr=terminal,
            env=os.environ | {"TERM": "xterm", "COLUMNS": "100"},
        )
        os.close(terminal)

    def shown(self) -> str:
        """All that is written, until nobody writes any more."""
        found = b"".join(iter(self._read, b""))
        self.close()
        return found.decode()

    def close(self) -> None:
        """Have the terminal gone."""
        os.close(self._screen)

    def _read(self) -> bytes:
        try:
            return os.read(self._screen, 4096)
        except OSError:  # so Linux tells the end of a terminal
            return b""


@pytest.fixture
def in_terminal(stopwat: Stopwat, tmp_path: Path) -> Callable[..., InTerminal]:
    """Starts the command in a terminal, in the same directory."""
    return lambda *arguments: InTerminal(arguments, tmp_path)


@pytest.fixture
def stopwat(stopwat_many: Stopwat) -> Stopwat:
    """The same, where what is told must be one line at most."""

    def run(*arguments: str | Path, **environment: str) -> Said:
        said = stopwat_many(*arguments, **environment)
        assert len(said.told.splitlines()) <= 1, said.told
        return said

    return run


@pytest.fixture
def stopwat_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stopwat:
    """In a directory with `mine.py`, a few engines; nothing may end in a traceback."""
    for name in ("STOPWAT_SUITE", "STOPWAT_DEBUG", "FORCE_COLOR", "PYTEST_XDIST_WORKER", "PYTHONUNBUFFERED"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("STOPWAT_CACHE_DIR", str(tmp_path / "cache"))
    (tmp_path / "mine.py").write_text(ENGINES)

    def run(*arguments: str | Path, **environment: str) -> Said:
        done = subprocess.run(
            [*COMMAND, *map(str, arguments)],
            cwd=tmp_path,
            env=os.environ | environment,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert "Traceback" not in done.stderr + done.stdout, done.stderr
        return Said(done.returncode, done.stdout.strip(), done.stderr.strip())

    return run
