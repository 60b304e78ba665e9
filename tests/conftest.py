"""What holds for all tests of stopwat itself."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test that hangs takes its process along, and pytest-xdist starts another one.

    With the other method, an exception in the main thread, a lock that is never released stays locked for all
    tests that follow.
    """
    for item in items:
        item.add_marker(pytest.mark.timeout(method="thread"))


@pytest.fixture
def unmeasured() -> Mapping[str, str]:
    """An environment for programs that are interrupted while they are busy: coverage does not measure them.

    Its tracer never releases its lock again when the interrupt finds it there, and all threads wait for it.
    """
    return {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_PROCESS")}
