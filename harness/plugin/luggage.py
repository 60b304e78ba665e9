"""What reports carry from the process that ran an item to the one that keeps the books."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

import msgspec

from harness.certificate import Item, ItemOutcome, Machine
from harness.plugin.selection import Plan
from harness.results import Result

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pytest


class Introduction(msgspec.Struct, frozen=True):
    """What a process says of itself, with its first report."""

    plans: dict[str, Plan]
    """By engine, what it has collected."""
    machine: Machine
    """Where it is."""
    assembler: str
    tools: dict[str, str]


class Luggage(TypedDict):
    """What a report carries, as execnet can."""

    engine: str
    results: list[str]
    """Each a `Result` as JSON."""
    ours: bool
    """Whether it is the machine that fell short, not the engine."""
    introduction: str
    """An `Introduction` as JSON; empty in all reports of a process but its first."""


def introduce(plans: dict[str, Plan]) -> Introduction:
    """This process."""
    from harness import provenance

    return Introduction(plans, provenance.machine(), provenance.assemblers(), provenance.tools())


def pack(engine: str, results: Sequence[Result], introduction: Introduction | None, *, ours: bool) -> Luggage:
    """The luggage of one report."""
    return {
        "engine": engine,
        "results": [msgspec.json.encode(result).decode() for result in results],
        "ours": ours,
        "introduction": msgspec.json.encode(introduction).decode() if introduction is not None else "",
    }


def introduction(luggage: Luggage) -> Introduction | None:
    """The introduction in it, if it is a process's first."""
    text = luggage["introduction"]
    return msgspec.json.decode(text, type=Introduction) if text else None


def item(nodeid: str, reports: Sequence[pytest.TestReport]) -> Item:
    """What the reports of set-up, call and tear-down come to."""
    carried: list[Luggage] = [report.stopwat for report in reports if hasattr(report, "stopwat")]
    packed = max((luggage["results"] for luggage in carried), key=len, default=[])
    bad = next((report for report in reports if not report.passed), None)
    outcome: ItemOutcome = "passed"
    if bad is not None and bad.skipped:
        outcome = "known" if hasattr(bad, "wasxfail") else "skipped"
    elif bad is not None:
        ours = any(luggage["ours"] for luggage in carried)
        outcome = "failed" if bad.when == "call" and not ours else "error"
    return Item(
        id=nodeid,
        outcome=outcome,
        seconds=round(sum(report.duration for report in reports), 3),
        why=why(bad) if bad is not None else "",
        results=tuple(msgspec.json.decode(text, type=Result) for text in packed),
    )


def ran(reports: Sequence[pytest.TestReport]) -> bool:
    """Whether a case came to its end; one that was interrupted tells of nothing but its set-up."""
    return any(report.when == "call" or not report.passed for report in reports)


def why(report: pytest.TestReport) -> str:
    """One line: the assertion, the error, the reason for skipping, or why it is known to fail."""
    if hasattr(report, "wasxfail"):
        return str(report.wasxfail)
    if isinstance(report.longrepr, tuple):
        return str(report.longrepr[2]).removeprefix("Skipped: ")
    crash = getattr(report.longrepr, "reprcrash", None)
    text = str(crash.message if crash is not None else report.longrepr).strip()
    return text.splitlines()[0].removeprefix("AssertionError: ") if text else "no reason given"
