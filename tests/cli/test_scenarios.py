"""``stopwat scenarios``: what is listed, and what is shown of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.cli.keywords import BadExpression, parse

if TYPE_CHECKING:
    from tests.cli.conftest import Stopwat


def listed(out: str) -> set[str]:
    """The first words of the lines of a table that are about a scenario."""
    return {line.split()[0] for line in out.splitlines() if line.strip() and "-" in line.split()[0]}


def test_fixtures_and_cases_by_group(stopwat: Stopwat) -> None:
    bulk = listed(stopwat("scenarios", "--group", "bulk").out)
    assert {"fill-huge", "bulk-partial", "table-grow-cancel"} <= bulk
    assert "loop-br" not in bulk
    two = listed(stopwat("scenarios", "--group", "bulk", "--group", "when").out)
    assert bulk | {"cancel-at-finish"} <= two
    assert listed(stopwat("scenarios", "bulk").out) == bulk


def test_by_feature(stopwat: Stopwat) -> None:
    found = listed(stopwat("scenarios", "--needs", "gc").out)
    assert {"array-new-loop", "feature-gc"} <= found
    assert not found & {"loop-br", "cancel-at-finish", "fill-loop"}
    both = listed(stopwat("scenarios", "--needs", "gc,bulk-memory").out)
    assert both < found
    assert "trap-array-new-data" in both


def test_by_expression(stopwat: Stopwat) -> None:
    found = listed(stopwat("scenarios", "-k", "LOOP-BR and not (table or cast)", "--group", "loops").out)
    assert found == {"loop-br", "loop-br-if", "loop-br-on-null"}


def test_a_fixture_with_its_reason(stopwat: Stopwat) -> None:
    out = stopwat("scenarios", "loop-br-if").out
    lines = [line.split(maxsplit=1) for line in out.splitlines() if line.strip()]
    told = {line[0]: line[1].strip() for line in lines if len(line) > 1}
    assert told["about"] == "a conditional back edge, always taken"
    assert told["on"] == "interrupted; the verdict is then terminated"
    assert told["off"] == "runs-on; the verdict is then right"
    assert told["told"].startswith("by  deadline, cancel, close")
    assert told["seen"] == "dylibso/chicory#293"
    assert "(br_if $again (local.get $forever))" in out


def test_a_case_with_its_reason(stopwat: Stopwat) -> None:
    out = stopwat("scenarios", "cancel-vs-close").out
    assert "test_when.py:" in out
    assert "about  A call is cancelled and its instance closed at once" in out
    assert "def test_cancel_vs_close(" in out


def test_both_of_one_name(stopwat: Stopwat) -> None:
    out = stopwat("scenarios", "bulk-partial").out
    assert "(memory.fill" in out
    assert "def test_bulk_partial(" in out


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--group=lops"], "unknown group 'lops' (did you mean loops?); there are: afterwards, "),
        (["--needs=simt"], "unknown feature 'simt' (did you mean simd?); there are: mvp, "),
        (["loop-b"], "unknown scenario or group 'loop-b' (did you mean loop-br?)"),
        (["-k", "loop and"], "-k 'loop and': expected a name, got 'its end'"),
        (["-k", "loop and nothing"], "there is no such scenario"),
        (["--group=when", "--needs=gc"], "there is no such scenario"),
    ],
)
def test_what_there_is_not(stopwat: Stopwat, arguments: list[str], problem: str) -> None:
    said = stopwat("scenarios", *arguments)
    assert said.status == 2
    assert problem in said.told


@pytest.mark.parametrize(
    ("expression", "holds"),
    [
        ("loop", True),
        ("LOOP", True),
        ("loop-br", True),
        ("table", False),
        ("not table", True),
        ("not not loop", True),
        ("loop and table", False),
        ("loop or table", True),
        ("table and loop or loop", True),
        ("loop or loop and table", True),
        ("(loop or table) and table", False),
        ("not (table or cast)", True),
        ("not table and not cast", True),
        ("simd", True),
        (" ( loop )and(simd) ", True),
    ],
)
def test_expressions(expression: str, holds: bool) -> None:
    assert parse(expression)(["loop-br", "loops", "simd"]) is holds


@pytest.mark.parametrize(
    "expression", ["", "loop table", "and", "not", "(loop", "loop)", "()", "loop or", "!", "a & b"]
)
def test_expressions_that_make_no_sense(expression: str) -> None:
    with pytest.raises(BadExpression):
        parse(expression)
