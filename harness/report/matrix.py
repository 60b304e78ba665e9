"""Engine by scenario: what became of each, folded to a cell, with everything that is behind it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from harness.outcome import Hung
from harness.report import sources, words
from harness.results import ScenarioResult, Verdict
from harness.wast.judge import describe

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from harness.certificate import Header, Item
    from harness.report.columns import Column
    from harness.report.sources import Source

ENDLESS = "interrupted"
"""What is expected of a scenario that does not end by itself, among other things it may be."""
_FIGURES = frozenset({Verdict.HUNG, Verdict.LIED, Verdict.LATE_INTERRUPTED, Verdict.LATE_OK})
"""Verdicts whose details differ in their figures only."""
_REACHES = {"instance": "through another instance", "reentry": "from a function of the host"}


class Finding(NamedTuple):
    """Results of one cell that came out alike."""

    verdict: Verdict
    said: str
    """More about it; empty where the verdict says it all. Of several latencies, the greatest."""
    how: str
    """The ways of telling it to stop, and how the call came there."""


class Side(NamedTuple):
    """A scenario on one engine with cancellation on, or off."""

    verdict: Verdict
    """The worst."""
    findings: tuple[Finding, ...]


class Cell(NamedTuple):
    """A scenario on one engine."""

    on: Side | None
    off: Side | None
    latencies: tuple[int, ...]
    """Of all interruptions, nanoseconds."""
    bound: int | None
    why: str
    """Why it fails, where that is known."""
    command: str
    """What runs the worst of it again."""

    @property
    def verdict(self) -> Verdict | None:
        """The worst of both sides."""
        return words.worst(side.verdict for side in (self.on, self.off) if side is not None)


class Row(NamedTuple):
    """A scenario on all engines."""

    anchor: str
    id: str
    fixture: str
    endless: bool
    """Whether it has to be stopped, on."""
    on: str
    off: str
    """What must happen, in the words of its header; of a case that is written out, `on` is what it shows."""
    source: Source | None
    cells: tuple[Cell | None, ...]
    """One a column; None where it did not run."""

    @property
    def about(self) -> str:
        """One line for a reader."""
        return self.source.about if self.source is not None else ""


class Tally(NamedTuple):
    """The rows of a group on one engine."""

    good: int
    """Those with nothing against the engine."""
    offered: int
    verdict: Verdict | None
    """The worst."""


class Group(NamedTuple):
    """The scenarios of one group."""

    name: str
    rows: tuple[Row, ...]
    tallies: tuple[Tally, ...]
    """One a column."""

    @property
    def unfolded(self) -> bool:
        """Whether its rows are shown at once: there are shapes in it, and something against an engine."""
        bad = any(tally.verdict is not None and words.bad(tally.verdict) for tally in self.tallies)
        return bad and any(row.endless for row in self.rows)


class _Told(NamedTuple):
    item: Item
    result: ScenarioResult


def matrix(columns: Sequence[Column]) -> tuple[Group, ...]:
    """All scenarios of all columns, by group; those that are endless first, in the order they ran."""
    found: dict[tuple[str, str, str], dict[int, list[_Told]]] = {}
    for column in columns:
        for item in column.certificate.items:
            for result in item.results:
                if isinstance(result, ScenarioResult):
                    key = (result.group, result.fixture, result.id)
                    found.setdefault(key, {}).setdefault(column.number, []).append(_Told(item, result))
    anchors: set[str] = set()
    groups: dict[str, list[Row]] = {}
    for key, told in found.items():
        groups.setdefault(key[0], []).append(_row(key, told, columns, _anchor(key[2], anchors)))
    made = [_group(name, rows, len(columns)) for name, rows in groups.items()]
    return tuple(sorted(made, key=lambda group: not any(row.endless for row in group.rows)))


def _anchor(id: str, taken: set[str]) -> str:
    """An identifier for links, used once."""
    base = "s-" + re.sub(r"[^a-z0-9]+", "-", id.lower()).strip("-")
    anchor, number = base, 1
    while anchor in taken:
        number += 1
        anchor = f"{base}-{number}"
    taken.add(anchor)
    return anchor


def _row(
    key: tuple[str, str, str], told: dict[int, list[_Told]], columns: Sequence[Column], anchor: str
) -> Row:
    _, fixture, id = key
    results = [one.result for heard in told.values() for one in heard]
    on = next((result.expected for result in results if result.interruptible), "")
    return Row(
        anchor=anchor,
        id=id,
        fixture=fixture,
        endless=fixture.endswith(".wat") and ENDLESS in on,
        on=on,
        off=next((result.expected for result in results if not result.interruptible), ""),
        source=sources.find(fixture, id),
        cells=tuple(
            _cell(told[column.number], column.certificate.header) if column.number in told else None
            for column in columns
        ),
    )


def _cell(told: Sequence[_Told], header: Header) -> Cell:
    worst = words.worst(one.result.verdict for one in told)
    decided = next(one for one in told if one.result.verdict is worst)
    return Cell(
        on=_side(one.result for one in told if one.result.interruptible),
        off=_side(one.result for one in told if not one.result.interruptible),
        latencies=tuple(latency for one in told for latency in one.result.latencies),
        bound=next((one.result.bound for one in told if one.result.bound is not None), None),
        why=next((one.item.why for one in told if one.item.outcome == "known"), ""),
        command=sources.command(header, decided.item.id),
    )


def _side(results: Iterable[ScenarioResult]) -> Side | None:
    alike: dict[tuple[Verdict, str], list[ScenarioResult]] = {}
    for result in results:
        alike.setdefault((result.verdict, _said(result)), []).append(result)
    verdict = words.worst(verdict for verdict, _ in alike)
    if verdict is None:
        return None
    findings = [
        Finding(verdict, said or _latest(same).detail, ", ".join(_how(same)))
        for (verdict, said), same in alike.items()
    ]
    return Side(verdict, tuple(sorted(findings, key=lambda finding: words.order(finding.verdict))))


def _said(result: ScenarioResult) -> str:
    """What tells results of one verdict apart; nothing where only figures differ."""
    if result.verdict in _FIGURES:
        return ""
    if result.verdict is Verdict.RIGHT and not result.detail and result.fixture.endswith(".wat"):
        return "still running" if isinstance(result.outcome, Hung) else describe(result.outcome)
    return result.detail if result.verdict.good else result.detail or describe(result.outcome)


def _latest(results: Sequence[ScenarioResult]) -> ScenarioResult:
    return max(results, key=lambda result: max(result.latencies, default=0))


def _how(results: Sequence[ScenarioResult]) -> Iterator[str]:
    """``deadline, cancel, close through another instance``."""
    ways: dict[str, list[str]] = {}
    for result in results:
        ways.setdefault(result.reach, []).append(result.way)
    for reach, found in ways.items():
        *others, last = dict.fromkeys(found)
        yield from others
        yield f"{last} {_REACHES[reach]}" if reach in _REACHES else last


def _group(name: str, rows: Sequence[Row], width: int) -> Group:
    return Group(name, tuple(rows), tuple(_tally([row.cells[at] for row in rows]) for at in range(width)))


def _tally(cells: Sequence[Cell | None]) -> Tally:
    found = [cell.verdict for cell in cells if cell is not None and cell.verdict is not None]
    offered = [verdict for verdict in found if verdict.good or words.bad(verdict)]
    return Tally(sum(verdict.good for verdict in offered), len(offered), words.worst(found))
