"""``stopwat latency``: how late an engine is when it is told to stop."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, get_args

import click

from harness.cli.params import COUNT, DURATION, ENGINE
from harness.cli.problem import Problem
from harness.results import Verdict, Way
from harness.suggest import unknown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.table import Table

    from harness.measure.latency import Summary
    from harness.results import ScenarioResult
    from harness.scenarios import Scenario

FLOOR = 100
"""Calls that measure the floor: as many as a 99th percentile takes."""


@click.command
@click.argument("names", nargs=-1)
@click.option("--engine", type=ENGINE, default="compiler", show_default=True, help="See `stopwat engines`.")
@click.option(
    "--way",
    type=click.Choice(get_args(Way)),
    default="deadline",
    show_default=True,
    help="How calls are told to stop.",
)
@click.option(
    "--repetitions", type=COUNT, metavar="N", default=5, show_default=True, help="Calls of each scenario."
)
@click.option(
    "--within", type=DURATION, help="Exit status 1 if the 99th percentile of all calls is later than this."
)
def command(names: tuple[str, ...], engine: str, way: Way, repetitions: int, within: int | None) -> None:
    """Measure how late calls return that are told to stop, in all scenarios that do not end, or in NAMES.

    NAMES are scenarios and groups of them. The first row is the harness's own part in all the others: an
    engine that does nothing but return.

    Exit status 1 if a call was not stopped, or not for the right cause.
    """
    from harness.cli.terminal import console
    from harness.measure.latency import summarise

    floor, results = _measure(_choose(names, way), engine, way, repetitions)
    groups: dict[str, list[int]] = {}
    for result in results:
        if result.latencies:
            groups.setdefault(result.group, []).extend(result.latencies)
    everything = summarise([sample for samples in groups.values() for sample in samples])
    if groups:
        rows = {group: summarise(samples) for group, samples in groups.items()}
        console().print(_table(engine, {"the harness itself": summarise(floor), **rows}, everything))
    wrong = [result for result in results if result.verdict not in _FINE]
    for result in wrong:
        click.echo(f"stopwat: {result.id}: {result.verdict.value}: {result.detail}", err=True)
    if not groups:
        raise Problem(f"{engine} was not stopped in any of {len(results)} scenarios")
    late = everything.p99 if everything.p99 is not None else everything.max
    raise SystemExit(1 if wrong or (within is not None and late is not None and late > within) else 0)


_FINE = (Verdict.TERMINATED, Verdict.RIGHT, Verdict.LATE_INTERRUPTED, Verdict.UNSUPPORTED)
"""Late is what the table is about."""


def _choose(names: Sequence[str], way: Way) -> list[Scenario]:
    """The scenarios of these names and groups in which a call must be interrupted."""
    from harness.scenarios import discover

    scenarios = [
        scenario
        for scenario in discover().scenarios
        if scenario.header.on == "interrupted" and way in scenario.ways
    ]
    ids, groups = ({getattr(scenario, key) for scenario in scenarios} for key in ("id", "group"))
    for name in names:
        if name not in ids | groups:
            raise Problem(unknown("scenario or group", name, sorted(groups), more=ids))
    return [one for one in scenarios if not names or one.id in names or one.group in names]


def _measure(
    scenarios: Sequence[Scenario], engine: str, way: Way, repetitions: int
) -> tuple[Sequence[int], list[ScenarioResult]]:
    """The floor, and what came of each scenario."""
    from harness.cli.terminal import bar, console
    from harness.measure import floor
    from harness.registry import Choice
    from harness.scenarios import FixtureError, Options, Workers, run_scenario

    choice, options = Choice(engine, interruptible=True), Options(repetitions=repetitions)
    results = []
    with bar(console(sys.stderr)) as progress, Workers() as workers:
        task = progress.add_task("the harness itself", total=len(scenarios) + 1)
        nothing = floor.measure(FLOOR, way).latencies
        for scenario in scenarios:
            progress.update(task, description=scenario.id, advance=1)
            workers.ahead = scenario is not scenarios[-1]
            try:
                results.append(run_scenario(scenario, choice, way, options, workers))
            except FixtureError as error:
                raise Problem(str(error)) from error
    return nothing, results


def _table(engine: str, rows: Mapping[str, Summary], everything: Summary) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, header_style="dim")
    table.add_column(Text(engine), style="bold", no_wrap=True, header_style="bold")
    for column in ("calls", "late p50", "p90", "p99", "max"):
        table.add_column(column, justify="right", no_wrap=True)
    for name, summary in rows.items():
        table.add_row(Text(name), *_figures(summary))
    table.add_section()
    table.add_row("all", *_figures(everything))
    return table


def _figures(summary: Summary) -> list[str]:
    from harness.duration import show

    shown = (summary.p50, summary.p90, summary.p99, summary.max)
    return [str(summary.n), *(show(figure) if figure is not None else "-" for figure in shown)]
