"""Scripts on disk, and the engines of ``tests/engines/lenient.py`` to run them on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest

from harness.registry import Choice
from harness.wast.runner import Runner
from harness.wast.suite import Script

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness.results import SpecResult

LENIENT = Path(__file__).parents[1] / "engines" / "lenient.py"


class Start(Protocol):
    def __call__(
        self, name: str, *, features: tuple[str, ...] | None = ..., patience: float = ..., deaths: int = ...
    ) -> Runner: ...


@pytest.fixture
def start() -> Iterator[Start]:
    """Makes runners of lenient engines, and ends them."""
    runners: list[Runner] = []

    def start(
        name: str, *, features: tuple[str, ...] | None = None, patience: float = 30, deaths: int = 8
    ) -> Runner:
        choice = Choice(f"{LENIENT}:{name}", features=features)
        runners.append(Runner(choice, patience=patience, deaths=deaths))
        return runners[-1]

    yield start
    for runner in runners:
        runner.close()


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Script]:
    """Writes a script."""

    def write(text: str, name: str = "script.wast") -> Script:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return Script(name, path)

    return write


@pytest.fixture
def failing(write: Callable[..., Script]) -> Callable[[Runner, str], tuple[list[str], SpecResult]]:
    """Runs a script; the comments at the end of the lines that failed."""

    def failing(runner: Runner, text: str) -> tuple[list[str], SpecResult]:
        result = runner.run(write(text))
        lines = ["", *text.splitlines()]
        return [lines[failure.line].rpartition(";; ")[2] for failure in result.failures], result

    return failing
