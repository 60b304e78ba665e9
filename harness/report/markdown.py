"""The same in short, as Markdown: for a pull request, or the summary of a step on GitHub."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness import grades, summary
from harness.duration import show
from harness.markdown import table
from harness.report import figures, words
from harness.report.matrix import matrix
from harness.report.page import lead
from harness.report.remainder import remainder
from harness.report.sentence import sentence
from harness.report.suite import suite
from harness.report.text import count, many, plain, times

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.report.columns import Column
    from harness.report.figures import Ratio, RatioFigure
    from harness.report.matrix import Group, Tally
    from harness.report.suite import Share

LIMIT = 60_000
"""Bytes: comments on GitHub have 65 536 characters."""
_NAMED = (40, 15, 5, 0)
"""How many things each list names; the first with which everything fits."""


def markdown(columns: Sequence[Column]) -> str:
    """What matters of all columns, in at most `LIMIT` bytes as long as there are not hundreds of columns."""
    texts = ("\n".join(_lines(columns, named)) + "\n" for named in _NAMED)
    return next((text for text in texts if len(text.encode()) <= LIMIT), "\n".join(_lines(columns, 0)) + "\n")


def _lines(columns: Sequence[Column], named: int) -> Iterator[str]:
    groups = matrix(columns)
    yield "## stopwat: does it stop when it is told to?"
    yield ""
    yield plain(lead(columns, groups))
    yield ""
    for column in columns:
        footer = column.certificate.footer
        sign = "✓" if footer.certified else "✕"
        yield f"- {sign} **{plain(column.title)}** {plain(str(sentence(column, groups)), 600)}."
        yield f"  *{plain(summary.verdict(column.certificate))}. {grades.statement(footer.grade)}*"
        if not footer.complete:
            yield f"  **Not whole:** {plain(footer.cut_short or 'parts are missing')}."
    yield ""
    names = [plain(column.name) for column in columns]
    yield from table(
        ["scenarios, on and off", *names],
        [[plain(group.name), *map(_tally, group.tallies)] for group in groups],
        numbers=len(columns),
    )
    yield ""
    yield from _latency(columns, names)
    yield from _ratios("on / off", figures.overhead(columns), "", columns, names)
    yield from _ratios("engine / native, off", figures.speed(columns), figures.OFF, columns, names)
    yield from _suite(columns, names)
    for column in columns:
        yield from _wrong(column, groups, named)
    for column in columns:
        yield from _left_out(column, named)
    yield from _where(columns)


def _tally(tally: Tally) -> str:
    if tally.verdict is None:
        return ""
    sign = words.SIGNS[tally.verdict].symbol if words.bad(tally.verdict) else "■" if tally.offered else "–"
    return f"{sign} {tally.good}/{tally.offered}" if tally.offered else sign


def _latency(columns: Sequence[Column], names: Sequence[str]) -> Iterator[str]:
    figure = figures.latencies(columns)
    if figure is None:
        return
    rows = []
    for name, row in zip(names, figure.rows, strict=True):
        summary = row.all.summary
        told = [show(at) if at is not None else "-" for at in summary[1:]]
        rows.append([name, *told, count(summary.n), show(row.floor) if row.floor is not None else "-"])
    yield from table(["late", "p50", "p90", "p99", "max", "of", "floor"], rows, numbers=6)
    yield ""


def _ratios(
    what: str, figure: RatioFigure | None, kind: str, columns: Sequence[Column], names: Sequence[str]
) -> Iterator[str]:
    """A table of the ratios of one kind; nothing without any."""
    panels = {panel.column.number: panel for panel in figure.panels} if figure is not None else {}
    found = [
        {ratio.name: ratio for ratio in panels[column.number].ratios if ratio.kind == kind}
        if column.number in panels
        else {}
        for column in columns
    ]
    kernels = dict.fromkeys(name for ratios in found for name in ratios)
    if not kernels:
        return
    rows = [[plain(kernel), *(_ratio(ratios.get(kernel)) for ratios in found)] for kernel in kernels]
    means = [panels[column.number].means.get(kind) if column.number in panels else None for column in columns]
    rows.append(
        ["**geometric mean**", *(f"**{times(mean)}**" if mean is not None else "-" for mean in means)]
    )
    yield from table([what, *names], rows, numbers=len(names))
    yield ""


def _ratio(ratio: Ratio | None) -> str:
    if ratio is None:
        return "-"
    if ratio.noise:
        return "too noisy"
    return f"{times(ratio.middle)} ({times(ratio.low)} to {times(ratio.high)})"


def _suite(columns: Sequence[Column], names: Sequence[str]) -> Iterator[str]:
    found = suite(columns)
    if found is None:
        return
    broken = [
        feature for feature in found.features if any(share and share.failed for share in feature.shares)
    ]
    rows = [[plain(feature.name), *map(_share, feature.shares)] for feature in broken]
    yield from table(
        ["official suite, passed of applicable", *names],
        [*rows, ["**all**", *map(_share, found.all)]],
        numbers=len(columns),
    )
    yield ""


def _share(share: Share | None) -> str:
    return f"{count(share.passed)} / {count(share.whole)}" if share is not None else "-"


def _wrong(column: Column, groups: Sequence[Group], named: int) -> Iterator[str]:
    found = []
    for group in groups:
        for row in group.rows:
            cell = row.cells[column.number - 1]
            for name, side in (("on", cell.on), ("off", cell.off)) if cell is not None else ():
                if side is not None and words.bad(side.verdict):
                    finding = side.findings[0]
                    sign = words.SIGNS[side.verdict]
                    said = plain(finding.said)
                    told = f": {said}" if said else ""
                    known = f" (known: {plain(cell.why, 120)})" if cell is not None and cell.why else ""
                    found.append(f"{sign.symbol} {plain(row.id)}, {name}: {sign.word}{told}{known}")
    if found:
        title = f"What is wrong with {plain(column.title)}: {many(len(found), 'finding')}"
        yield from _folded(title, found, named)


def _left_out(column: Column, named: int) -> Iterator[str]:
    found = [f"{plain(reason.what)}: {plain(reason.why)}" for reason in remainder(column.certificate)]
    if found:
        yield from _folded(f"What was not run on {plain(column.title)}, and why", found, named)


def _folded(title: str, found: Sequence[str], named: int) -> Iterator[str]:
    yield f"<details><summary>{title}</summary>"
    yield ""
    yield from (f"- {line}" for line in found[:named])
    if len(found) > named:
        yield f"- {count(len(found) - named)} more"
    yield ""
    yield "</details>"
    yield ""


def _where(columns: Sequence[Column]) -> Iterator[str]:
    machines = dict.fromkeys(
        f"{machine.processor}, {machine.cores} cores, {machine.system}"
        for column in columns
        for machine in column.certificate.header.machines
    )
    versions = dict.fromkeys(column.certificate.header.stopwat for column in columns)
    told = [
        f"stopwat {plain(', '.join(versions), 80)}",
        *(plain(machine, 160) for machine in list(machines)[:4]),
    ]
    yield f"<sub>{'; '.join(told)}</sub>"
