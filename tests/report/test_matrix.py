"""Results folded to cells, and what is behind a cell."""

from __future__ import annotations

import shlex
import subprocess
import sys
from typing import TYPE_CHECKING

import msgspec
import pytest
from msgspec.structs import replace

from harness.profiles import PROFILES
from harness.report import sources
from harness.report.columns import columns
from harness.report.matrix import matrix
from harness.results import Verdict
from harness.scenarios.options import S
from tests.report.conftest import MS, item, scenario

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness.certificate import Certificate
    from harness.report.columns import Column
    from harness.report.matrix import Cell

    Make = Callable[..., Certificate]


def only(certificate: Certificate) -> Cell:
    (group,) = matrix(columns([certificate]))
    (row,) = group.rows
    (cell,) = row.cells
    assert cell is not None
    return cell


def test_the_worst_is_shown(make: Make) -> None:
    cell = only(
        make(
            [
                scenario("loops", "loop-br", latencies=[1, 2]),
                scenario("loops", "loop-br", Verdict.HUNG, way="close", detail="killed after 10 s"),
                scenario("loops", "loop-br", Verdict.RIGHT, on=False),
            ]
        )
    )
    assert cell.on is not None
    assert cell.off is not None
    assert (cell.on.verdict, cell.off.verdict, cell.verdict) == (Verdict.HUNG, Verdict.RIGHT, Verdict.HUNG)
    assert [(found.verdict, found.said, found.how) for found in cell.on.findings] == [
        (Verdict.HUNG, "killed after 10 s", "close"),
        (Verdict.TERMINATED, "", "deadline"),
    ]
    assert cell.latencies == (1, 2)
    assert "loop-br-close-host" in cell.command


def test_what_is_not_offered_hides_nothing(make: Make) -> None:
    cell = only(
        make(
            [
                scenario("loops", "loop-br"),
                scenario("loops", "loop-br", Verdict.UNSUPPORTED, reach="reentry", detail="no"),
            ]
        )
    )
    assert cell.verdict is Verdict.TERMINATED


def test_ways_and_reaches_are_told(make: Make) -> None:
    cell = only(
        make(
            [
                scenario("loops", "loop-br", way=way, reach=reach)
                for reach in ("host", "instance", "reentry")
                for way in ("deadline", "close")
            ]
        )
    )
    assert cell.on is not None
    (finding,) = cell.on.findings
    assert finding.how == (
        "deadline, close, deadline, close through another instance, "
        "deadline, close from a function of the host"
    )


def test_the_latest_of_those_that_are_late(make: Make) -> None:
    late = Verdict.LATE_INTERRUPTED
    cell = only(
        make(
            [
                scenario("loops", "loop-br", late, detail="3 ms late", latencies=[3 * MS]),
                scenario("loops", "loop-br", late, detail="9 ms late", latencies=[9 * MS], way="cancel"),
                scenario("loops", "loop-br", late, detail="5 ms late", latencies=[5 * MS], way="close"),
            ]
        )
    )
    assert cell.on is not None
    (finding,) = cell.on.findings
    assert finding.said == "9 ms late"


def test_groups_and_what_speaks_against_them(both: tuple[Column, ...]) -> None:
    groups = {group.name: group for group in matrix(both)}
    assert list(groups) == ["loops", "calls", "bulk", "traps", "when"]
    assert [(tally.good, tally.offered) for tally in groups["loops"].tallies] == [(2, 2), (2, 2)]
    assert [(tally.good, tally.offered) for tally in groups["calls"].tallies] == [(2, 2), (0, 2)]
    assert [(tally.good, tally.offered) for tally in groups["when"].tallies] == [(1, 1), (0, 0)]
    assert [name for name, group in groups.items() if group.unfolded] == ["calls", "bulk"]


def test_an_id_that_is_used_twice(make: Make) -> None:
    results = [
        scenario("bulk", "bulk-partial"),
        scenario("bulk", "bulk-partial", fixture="cases/test_bulk.py"),
        scenario("bulk", "BULK partial", fixture="elsewhere/bulk.wat"),
    ]
    (group,) = matrix(columns([make(results)]))
    assert [row.anchor for row in group.rows] == ["s-bulk-partial", "s-bulk-partial-2", "s-bulk-partial-3"]
    about = [row.about for row in group.rows]
    assert all(about[:2])
    assert about[0] != about[1]
    assert about[2] == ""


def test_the_text_of_a_fixture_and_of_a_case() -> None:
    fixture = sources.find("calls/tail-self.wat", "tail-self")
    assert fixture is not None
    assert fixture.text.startswith("(module")
    assert fixture.path == "wat/calls/tail-self.wat"
    assert fixture.needs == ("tail-call",)
    case = sources.find("cases/test_when.py", "expired-before")
    assert case is not None
    assert case.text.startswith("def test_expired_before(")
    assert case.about.startswith("The deadline has passed before the call")
    issue = sources.find("loops/loop-br-if.wat", "loop-br-if")
    assert issue is not None
    assert issue.seen[0].link == "https://github.com/dylibso/chicory/issues/293"


@pytest.mark.parametrize("fixture", ["../pyproject.toml", "/etc/passwd", "../wat/loops/loop-br.wat", ""])
def test_nothing_else_is_opened(fixture: str) -> None:
    assert sources.find(fixture, "passwd") is None


def test_the_command_that_runs_it_again(good: Certificate) -> None:
    header = replace(good.header, engine="interp")
    found = sources.command(header, "../main/cases/test_when.py::test_expired_before[interp]")
    assert found == "pytest --pyargs 'cases.test_when::test_expired_before[interp]' --engine interp"
    header = replace(header, engine="exec:python3 'x'; rm", profile="quick", options={})
    mine = sources.command(header, "tests/mine.py::test_it[$(id)]")
    assert shlex.split(mine) == [
        "pytest",
        "tests/mine.py::test_it[$(id)]",
        "--engine",
        "exec:python3 'x'; rm",
        "--profile",
        "quick",
    ]


def test_the_command_runs_it_as_it_was_adjusted(good: Certificate) -> None:
    asked = msgspec.to_builtins(replace(PROFILES["quick"].options, patience=5 * S, many=3))
    header = replace(good.header, engine="interp", profile="quick", options={**asked, "features": "2.0,simd"})
    found = shlex.split(sources.command(header, "cases/test_when.py::test_expired_before[interp]"))
    assert found[5:] == [
        "--profile",
        "quick",
        "--patience",
        "5s",
        "--instances",
        "3",
        "--features",
        "2.0,simd",
    ]


@pytest.mark.parametrize(
    "item",
    [
        "cases/test_when.py::test_expired_before[compiler]",
        "cases/test_scenarios.py::test_scenario[compiler-on-fill-huge-deadline]",
        "cases/test_overhead.py::test_overhead[compiler-kernel-fib]",
    ],
)
def test_the_command_finds_it_from_anywhere(good: Certificate, tmp_path: Path, item: str) -> None:
    words = shlex.split(sources.command(replace(good.header, engine="compiler"), item))
    done = subprocess.run(
        [sys.executable, "-m", *words, "--collect-only", "--quiet"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout
    assert done.stdout.splitlines()[0].endswith(f"::{item.partition('::')[2]}")
    assert "1 test" in done.stdout


def test_why_it_is_known_to_fail(make: Make) -> None:
    result = scenario("loops", "loop-br", Verdict.HUNG)
    known = item("a", result, outcome="known", why="It looks nowhere.")
    assert only(make([], known)).why == "It looks nowhere."


def test_engines_of_one_name_are_numbered(good: Certificate, bad: Certificate) -> None:
    assert [column.name for column in columns([good, bad, good])] == ["mine #1", "other", "mine #2"]
