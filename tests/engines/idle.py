"""Engines to which something happens while they have nothing to do: once the file IDLE_MARK is there."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import honest
import lenient

if TYPE_CHECKING:
    from collections.abc import Callable


def when_told(happens: Callable[[], object]) -> None:
    """Let something happen, on a thread of its own."""

    def wait() -> None:
        while not Path(os.environ["IDLE_MARK"]).exists():
            time.sleep(0.001)
        happens()

    threading.Thread(target=wait, daemon=True).start()


def die() -> None:
    """End as a stray pointer does it."""
    os.kill(os.getpid(), signal.SIGSEGV)


class Dies(honest.Honest):
    """Dies."""

    def __init__(self, *, interruptible: bool = False, features: frozenset[str] | None = None) -> None:
        super().__init__(interruptible=interruptible, features=features)
        when_told(die)


class DiesBetweenScripts(lenient.Honest):
    """The same, an engine that scripts can be run on."""

    def __init__(self, *, interruptible: bool = False, features: frozenset[str] | None = None) -> None:
        super().__init__(interruptible=interruptible, features=features)
        when_told(die)


class LosesChild(honest.Honest):
    """Not wrong: a process that it has started dies; it does not."""

    def __init__(self, *, interruptible: bool = False, features: frozenset[str] | None = None) -> None:
        super().__init__(interruptible=interruptible, features=features)
        child = subprocess.Popen(["sleep", "1000"])

        def kill() -> None:
            child.kill()
            child.wait()
            Path(os.environ["IDLE_MARK"]).unlink()

        when_told(kill)
