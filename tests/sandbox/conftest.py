"""Workers for tests, and the promise that each leaves nothing behind."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import psutil
import pytest

from harness.registry import Choice
from harness.sandbox.supervisor import Worker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ENGINES = Path(__file__).resolve().parents[1] / "engines"


class Start(Protocol):
    def __call__(self, name: str, *, interruptible: bool = ..., startup: float = ...) -> Worker: ...


def engine_name(name: str) -> str:
    """``honest:Honest``, ``wrong:...`` or ``program:...`` of ``tests/engines`` as a name for the registry."""
    file, _, attribute = name.partition(":")
    path = ENGINES / f"{file}.py"
    return f"exec:'{sys.executable}' '{path}' {attribute}" if file == "program" else f"{path}:{attribute}"


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts an engine of ``tests/engines``; afterwards nothing of it is left, no zombie either."""
    before = set(psutil.Process().children())
    started: list[Worker] = []

    def start(name: str, *, interruptible: bool = True, startup: float = 30) -> Worker:
        worker = Worker(Choice(engine_name(name), interruptible=interruptible), startup=startup)
        started.append(worker)
        return worker

    yield start
    for worker in started:
        worker.kill()
    left = set(psutil.Process().children()) - before
    assert [process.name() for process in left] in ([], ["sh"])  # the keeper may have been the first


@pytest.fixture
def ends() -> Callable[[psutil.Process | int], bool]:
    """Waits for the end of a process that need not be a child of ours; whether it has come."""

    def ends(process: psutil.Process | int) -> bool:
        try:
            process = psutil.Process(process) if isinstance(process, int) else process
            for _ in range(3000):
                # in a container nobody may reap what has lost its parent
                if not process.is_running() or process.status() == psutil.STATUS_ZOMBIE:
                    return True
                time.sleep(0.01)
        except psutil.NoSuchProcess:
            return True
        return False

    return ends
