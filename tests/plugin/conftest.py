"""Cases for the plugin to run, in a directory of their own, on a miniature engine."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

ENGINES = Path(__file__).parents[1] / "engines"
HONEST = f"{ENGINES / 'honest.py'}:Honest"

CASES = """
    import pytest
    from harness.context import Cause
    from harness.outcome import Interrupted, Hung
    from harness.results import *

    @pytest.mark.parametrize("id", ["loop-br", "call-tree"])
    def test_scenario(engine, interruptible, id, record):
        record(ScenarioResult(
            id=id, group="loops", fixture=f"loops/{id}.wat", interruptible=interruptible, way="deadline",
            expected="interrupted" if interruptible else "runs-on",
            verdict=Verdict.TERMINATED if interruptible else Verdict.RIGHT,
            outcome=Interrupted(Cause.DEADLINE) if interruptible else Hung(0.3),
            latencies=(400_000,) if interruptible else (),
        ))

    def test_spec(engine, record):
        record(SpecResult(file="i32.wast", features={"mvp": Tally(passed=3)}, not_applicable={}, differs=()))

    def test_overhead(engine, record):
        record(OverheadResult(kernel="kernel-fib", off=(10,), on=(10,), ratio=1.0, low=1.0, high=1.0))
"""


@pytest.fixture
def imported() -> Iterator[dict[str, ModuleType]]:
    """Modules that stay, although `pytester` has all forgotten that is imported while it is in use.

    Not every one bears to be imported again: wasmtime takes objects of the other for no objects of its own.
    """
    modules: dict[str, ModuleType] = {}
    yield modules
    sys.modules.update(modules)


@pytest.fixture
def cases(
    imported: dict[str, ModuleType], pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> Iterator[pytest.Pytester]:
    """A directory with six cases, as strict as can be, and no official suite."""
    for name in ("STOPWAT_SUITE", "PYTEST_ADDOPTS", "PYTEST_XDIST_WORKER", "PYTEST_XDIST_WORKER_COUNT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("STOPWAT_CACHE_DIR", str(pytester.path / "cache"))
    pytester.makepyprojecttoml('[tool.pytest]\nstrict = true\nfilterwarnings = ["error"]\n')
    pytester.makepyfile(test_cases=CASES)
    yield pytester
    imported.update(sys.modules)
