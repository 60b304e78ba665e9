"""``stopwat adapter``, as a person runs it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Stopwat

BROKEN = f"exec:'{sys.executable}' -I -S '{Path(__file__).parents[1] / 'adapter' / 'broken.py'}'"


def test_one_that_keeps_to_the_protocol(stopwat: Stopwat) -> None:
    said = stopwat("adapter", "check", BROKEN)
    assert (said.status, said.told) == (0, "")
    rows = said.out.splitlines()
    assert all(row.startswith("✓  ") for row in rows[:-1])
    assert rows[-1] == f"{len(rows) - 1} passed"


def test_one_that_does_not_is_told_what_to_fix(stopwat: Stopwat) -> None:
    said = stopwat("adapter", "check", f"{BROKEN} announcing", "--patience=5s")
    assert said.status == 1
    assert "✗  announcing " in said.out
    assert "of three commands, of which 1 has limits, it said result 0, result 1, result 2" in said.out
    assert 'fix: Write {"say":"started"' in said.out
    assert "deadline" not in [row.split()[1] for row in said.out.splitlines() if row.split()]
    assert ", 1 failed, " in said.out.splitlines()[-1]
    assert said.out.endswith(" not run")


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["check", "exec:nowhere"], "cannot start 'exec:nowhere'"),
        (["check", "nobody"], "unknown engine 'nobody'"),
        (["check", "mine:NotHere"], "install the-engine to have it"),
        (
            ["new", "fast", "--lang=cobol"],
            "unknown language 'cobol'; there are: python, go, rust, ",
        ),
        (["new", "fast"], "Missing option '--lang'"),
        (["new", "Fast", "--lang=go"], "'Fast' is no name for an engine"),
    ],
)
def test_problems(stopwat: Stopwat, arguments: list[str], problem: str) -> None:
    said = stopwat("adapter", *arguments)
    assert (said.status, said.out) == (2, "")
    assert problem in said.told


def test_a_skeleton_is_checked_where_it_was_written(stopwat: Stopwat, tmp_path: Path) -> None:
    said = stopwat("adapter", "new", "fast", "--lang=python")
    assert said.status == 0
    assert said.told.endswith("next: fast/check.sh, and fast/README.md for the rest")
    assert set(said.out.splitlines()) == {
        str(path.relative_to(tmp_path)) for path in (tmp_path / "fast").rglob("*") if path.is_file()
    }
    checked = stopwat("adapter", "check", "fast/fast/__init__.py:Fast")
    assert checked.status == 0
    assert "-  wasi " in checked.out
