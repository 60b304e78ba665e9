"""The known failures that stand beside the adapters: each is about a case that there is."""

from __future__ import annotations

import functools
from pathlib import Path

import pytest

from harness import expectations
from harness.scenarios import discover

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "engines").glob(f"*/{expectations.FILE}"))


@functools.cache
def ids() -> frozenset[str]:
    """Of all scenarios, and of all cases that are written out."""
    cases = "".join(path.read_text() for path in (ROOT / "cases").glob("test_*.py"))
    written = {
        line.removeprefix("def test_").partition("(")[0].replace("_", "-")
        for line in cases.splitlines()
        if line.startswith("def test_")
    }
    return frozenset({scenario.id for scenario in discover().scenarios} | written)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.parent.name)
def test_known_failures_are_about_cases_that_exist(file: Path) -> None:
    known = expectations.load(file)
    assert known.scenario or known.script
    assert not {id for failure in known.scenario for id in failure.ids} - ids()


def test_a_case_that_does_not_exist_is_seen() -> None:
    assert "no-such-case" not in ids()
    assert {"loop-br", "cancel-at-finish"} <= ids()
