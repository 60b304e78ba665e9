"""A certificate as tables in a terminal."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console, Group
from rich.constrain import Constrain
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from harness import grades, summary
from harness.duration import show
from harness.results import Verdict

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator, Sequence

    from rich.console import RenderableType

    from harness.certificate import Certificate, Header
    from harness.measure.latency import Summary
    from harness.results import SpecResult

WIDTH = 88
"""Columns: no table is wider."""


def text(certificate: Certificate, *, width: int, color: bool) -> str:
    """The tables as text, with colours if wanted."""
    buffer = StringIO()
    console = Console(
        file=buffer,
        width=min(width, WIDTH),
        force_terminal=color,
        color_system="standard" if color else None,
        highlight=False,
    )
    console.print(render(certificate))
    return buffer.getvalue()


def render(certificate: Certificate) -> RenderableType:
    """Everything a person wants to know at once, the verdict last."""
    return Constrain(Group(*_parts(certificate)), WIDTH)


def _parts(certificate: Certificate) -> Iterator[RenderableType]:
    yield _header(certificate.header)
    if certificate.scripts:
        yield _conformance(certificate.scripts)
    if certificate.scenarios:
        yield _scenarios(certificate)
    if certificate.overheads:
        yield _overhead(certificate)
    yield _rules(certificate)
    yield _verdict(certificate)


def _header(header: Header) -> RenderableType:
    title = Text(f"{header.name} {header.version}", style="bold")
    how = "cannot be interrupted"
    if header.capabilities.interrupts != "none":
        capabilities = header.capabilities
        how = f"interrupts by {capabilities.interrupts}, {capabilities.after_interrupt} afterwards"
    where = [
        Text(f"{machine.processor}, {machine.cores} cores · {machine.system} · {machine.python}", style="dim")
        for machine in header.machines
    ]
    return Padding(Group(title, Text(how, style="dim"), *where), (1, 0, 0, 1), expand=False)


def _table(title: str, *columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", expand=True)
    table.add_column(title, no_wrap=True, ratio=1, min_width=14)
    for column in columns:
        table.add_column(column, justify="right", no_wrap=True, header_style="dim")
    return table


def conformance(scripts: Sequence[SpecResult]) -> RenderableType:
    """Commands of the official suite by the feature they need."""
    return Constrain(_conformance(scripts), WIDTH)


def _conformance(scripts: Sequence[SpecResult]) -> RenderableType:
    table = _table("Conformance", "passed", "applicable", "")
    rows = summary.conformance(scripts)
    for feature, tally in rows.items():
        table.add_row(Text(feature), *_tally(tally.passed, tally.failed, tally.not_run))
    table.add_section()
    table.add_row(
        "all",
        *_tally(
            sum(tally.passed for tally in rows.values()),
            sum(tally.failed for tally in rows.values()),
            sum(tally.not_run for tally in rows.values()),
        ),
    )
    reasons = summary.not_applicable(scripts)
    if not reasons:
        return table
    listed = " · ".join(f"{reason} {_count(number)}" for reason, number in reasons.most_common())
    return Group(table, _note(f"not applicable: {listed}"))


def _tally(passed: int, failed: int, not_run: int) -> tuple[str, str, RenderableType]:
    against = [f"{_count(failed)} failed"] if failed else []
    if not_run:
        against.append(f"{_count(not_run)} not run")
    mark = Text(", ".join(against), style="red") if against else Text("✓", style="green")
    return _count(passed), _count(passed + failed + not_run), mark


def _scenarios(certificate: Certificate) -> RenderableType:
    table = _table("Scenarios", "cancellation on", "off", "late p50", "p99", "max")
    for group in summary.groups(certificate.scenarios):
        table.add_row(Text(group.name), _verdicts(group.on), _verdicts(group.off), *_latency(group.latency))
    everything = summary.latency(certificate.scenarios)
    if everything is not None:
        table.add_section()
        table.add_row("all", "", "", *_latency(everything))
    return table


def _latency(latency: Summary | None) -> tuple[str, str, str]:
    if latency is None:
        return "", "", ""
    p50, p99, worst = (show(at) if at is not None else "-" for at in (latency.p50, latency.p99, latency.max))
    return p50, p99, worst


def _verdicts(counted: Counter[Verdict]) -> Text:
    parts = [
        Text(f"{number} {verdict.value}", style=_STYLES.get(verdict, "red"))
        for verdict, number in sorted(counted.items(), key=lambda pair: list(Verdict).index(pair[0]))
    ]
    return Text("\n").join(parts)


_STYLES = {Verdict.TERMINATED: "green", Verdict.RIGHT: "green", Verdict.UNSUPPORTED: "yellow"}


def _overhead(certificate: Certificate) -> RenderableType:
    table = _table("Overhead", "on / off", "95 % interval")
    for kernel in certificate.overheads:
        interval = "" if kernel.noise else f"{kernel.low:.3f} to {kernel.high:.3f}"
        style = "yellow" if kernel.noise else ""
        table.add_row(Text(kernel.kernel), Text(summary.ratio(kernel), style=style), interval)
    mean = summary.overhead(certificate.overheads)
    table.add_section()
    table.add_row("geometric mean", f"{mean:.3f}" if mean is not None else "", "")
    return table


def _rules(certificate: Certificate) -> RenderableType:
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", expand=True)
    table.add_column("Rules", no_wrap=True)
    table.add_column(ratio=1, overflow="fold")
    for check in certificate.footer.checks:
        if check.passed:
            table.add_row(Text(check.rule), Text("✓", style="green"))
        else:
            more = f" (and {check.against - 1} more)" if check.against > 1 else ""
            table.add_row(Text(check.rule), Text(f"✗ {check.first}{more}", style="red"))
    return table


def _verdict(certificate: Certificate) -> RenderableType:
    good, known = certificate.footer.certified, certificate.as_known
    style = "green" if good else "yellow" if known else "red"
    line = Text(f"{'✓' if good else '✗'} {summary.verdict(certificate)}", style=f"bold {style}")
    meaning = Text(f"  {grades.statement(certificate.footer.grade)}", style="dim")
    return Padding(Group(line, meaning), (0, 0, 1, 1), expand=False)


def _note(line: str) -> RenderableType:
    return Padding(Text(line, style="dim"), (0, 0, 0, 2), expand=False)


def _count(number: int) -> str:
    return f"{number:,}".replace(",", " ")
