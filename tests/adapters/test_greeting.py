"""What an adapter says of itself, and of what is missing."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness import expectations, registry
from harness.engine import Unavailable
from harness.registry import Choice
from harness.sandbox.program import Compiled
from harness.sandbox.supervisor import Worker
from harness.scenarios import discover
from harness.standard.features import ALL, FEATURES

if TYPE_CHECKING:
    from tests.adapters.conftest import Adapter, Workers

ROOT = Path(__file__).parents[2]
ALONE = """
import runpy, sys
import msgspec, platformdirs, psutil  # which stopwat itself needs
sys.path[:] = [{root!r}, *(path for path in sys.path if not path.endswith("-packages"))]
sys.argv[1:] = [{place!r}]
runpy.run_module("harness.sandbox.worker", run_name="__main__")
"""
"""A worker where nothing but stopwat is installed."""
FEATURED = {
    "chicory": ({"tail-call", "gc", "exceptions", "threads"}, {"simd", "memory64"}),
    "mini-racer": ({"simd"}, set()),
    "node": ({"simd", "threads"}, set()),
    "wabt": ({"simd", "tail-call"}, set()),
    "wasmi": ({"simd", "tail-call", "memory64", "wide-arithmetic"}, {"gc", "threads"}),
    "wasmtime": (ALL, set()),
    "wazero": ({"simd", "tail-call", "threads"}, set()),
}
"""What engines are known to have, and not to have, by what their names begin with."""


def test_who_it_is(adapter: Adapter, engine: str) -> None:
    welcome = adapter.worker.welcome
    assert welcome.engine == engine
    assert welcome.engine_version[0].isdecimal()
    assert {"mvp"} <= welcome.capabilities.features <= set(FEATURES)
    made = registry.load(engine)
    if isinstance(made, Compiled):
        sources = [path for pattern in made.files for path in made.source.glob(pattern)]
        pinned = [path.name for path in sources if welcome.engine_version in path.read_text()]
        assert pinned, "it is of another version than the one that is pinned beside it"


@pytest.mark.parametrize(
    ("engine", "there", "absent"),
    [
        (name, *features)
        for name in registry.names()
        for beginning, features in FEATURED.items()
        if name.startswith(beginning)
    ],
    indirect=["engine"],
)
def test_what_it_has(adapter: Adapter, there: set[str], absent: set[str]) -> None:
    assert there <= adapter.capabilities.features
    assert not absent & adapter.capabilities.features


def test_features_are_narrowed(workers: Workers, engine: str) -> None:
    with Worker(Choice(engine, features=("mvp", "multi-value"))) as worker:
        assert worker.welcome.capabilities.features == {"mvp", "multi-value"}


def test_what_is_missing_is_named(engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the command that brings it, in one line; what needs nothing works."""
    alone = tmp_path / "alone.py"
    alone.write_text(ALONE.format(root=str(ROOT), place=registry.resolve(engine)))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    said = ""
    try:
        with Worker(Choice(f"exec:'{sys.executable}' '{alone}'")) as worker:
            assert worker.welcome.engine == engine
    except Unavailable as missing:
        said = str(missing)
    assert not said or ("to be had with: " in said and len(said.splitlines()) == 1)


def test_known_failures_are_about_cases_that_exist(engine: str) -> None:
    path = expectations.find(engine)
    known = expectations.load(path) if path else expectations.Known()
    scenarios = {scenario.id for scenario in discover().scenarios}
    cases = "".join(path.read_text() for path in (ROOT / "cases").glob("test_*.py"))
    for failure in known.scenario:
        for id in failure.ids:
            assert id in scenarios or f"def test_{id.replace('-', '_')}(" in cases
