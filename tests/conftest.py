"""What holds for all tests of stopwat itself."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from subprocess import Popen

HERE = Path(__file__).resolve().parent


class Eventually(Protocol):
    """Waits, five minutes at most, until something has happened in a process, which must not end before."""

    def __call__(self, process: Popen[bytes], happened: Callable[[], bool]) -> None: ...


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test that hangs takes its process along, and pytest-xdist starts another one.

    With the other method, an exception in the main thread, a lock that is never released stays locked for all
    tests that follow.
    """
    for item in items:
        if item.path.is_relative_to(HERE):  # and no case of an engine that runs along
            item.add_marker(pytest.mark.timeout(method="thread"))


@pytest.fixture
def eventually() -> Eventually:
    """See `Eventually`."""

    def wait(process: Popen[bytes], happened: Callable[[], bool]) -> None:
        for _ in range(6000):
            if happened():
                return
            assert process.poll() is None, "it ended before"
            time.sleep(0.05)
        raise AssertionError("it never happened")

    return wait


@pytest.fixture
def unmeasured() -> Mapping[str, str]:
    """An environment for programs that are interrupted while they are busy: coverage does not measure them.

    Its tracer never releases its lock again when the interrupt finds it there, and all threads wait for it.
    """
    return {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_PROCESS")}
