"""``stopwat diff``: engines against each other, on any module."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.cli.params import COUNT, DURATION, ENGINES
from harness.cli.problem import Problem

if TYPE_CHECKING:
    from harness.differential.panel import Answer, Panel
    from harness.differential.search import Difference


@click.command
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--engines", type=ENGINES, required=True, help="At least two, separated by commas; see `stopwat engines`."
)
@click.option(
    "--calls",
    type=COUNT,
    metavar="N",
    default=100,
    show_default=True,
    help="How many to make of each export, at most.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Another one makes up other arguments.")
@click.option(
    "--timeout", type=DURATION, default="1s", show_default=True, help="How long a call may take in an engine."
)
def command(file: Path, engines: tuple[str, ...], calls: int, seed: int, timeout: int) -> None:
    """Call all exports of FILE, in text or binary format, in several engines, and show where they part.

    Arguments are made up, the same every time, edges first. Results, traps by their kind, what is exported of
    the state afterwards, and what is written are compared; of calls that part the engines, the smallest is
    shown. What the standard leaves open is no difference, nor what does not come to its end.

    \b
    Exit status:
      0  they agree
      1  they do not
      2  they could not be tried
    """
    from harness.cli import guest
    from harness.differential.panel import NoPanel, Panel
    from harness.differential.search import search
    from harness.differential.subject import subject
    from harness.engine import Invalid, Malformed

    if len(engines) < 2:
        raise Problem("two engines are needed to differ: --engines a,b")
    try:
        what = subject(guest.read(file).binaries)
    except (Malformed, Invalid) as error:
        raise Problem(f"{file}: {type(error).__name__.lower()}: {error}") from error
    try:
        with Panel(engines, what, timeout) as panel:
            found = 0
            for difference in search(panel, examples=calls, seed=seed):
                found += 1
                _show(difference)
            _summarise(panel, found)
    except NoPanel as error:
        raise Problem(str(error)) from error
    raise SystemExit(1 if found else 0)


def _show(difference: Difference) -> None:
    """The calls, and under them who says what."""
    from rich.markup import escape
    from rich.padding import Padding
    from rich.table import Table

    from harness.cli import guest
    from harness.cli.terminal import console

    calls = [f"{call.export}({', '.join(map(guest.show, call.args))})" for call in difference.calls]
    said = "; ".join(calls) or "before any call"
    console().print(f"[red]✗[/] [bold]{escape(said)}[/]: {escape(difference.where)}", soft_wrap=True)
    table = Table.grid(padding=(0, 3, 0, 0))
    for group in difference.vote.groups:
        outvoted = set(group.engines) <= set(difference.vote.minority)
        who = ", ".join(group.engines)
        table.add_row(f"[yellow]{escape(who)}[/]" if outvoted else escape(who), escape(_words(group.answer)))
    if difference.vote.abstained:
        table.add_row(f"[dim]{escape(', '.join(difference.vote.abstained))}[/]", "[dim]no answer[/]")
    console().print(Padding(table, (0, 0, 0, 3)))


def _words(answer: Answer) -> str:
    from harness.cli import guest

    said = " ".join([answer.word, *map(guest.show, answer.values)])
    return f"{said}: {' '.join(answer.why.split())}" if answer.why else said


def _summarise(panel: Panel, found: int) -> None:
    for engine, reasons in panel.silent.items():
        for why, count in reasons.items():
            click.echo(f"{engine}: {_count(count, 'answer')} left out: {why}")
    if panel.subject.left_out:
        click.echo(f"not called, for references that cannot be made up: {', '.join(panel.subject.left_out)}")
    if "relaxed-simd" in panel.subject.features:
        click.echo("relaxed instructions are in it, of whose results the standard lets engines choose")
    if len(panel.workers) < 2:
        raise Problem("fewer than two engines took part")
    if panel.calls and not panel.compared and not found:
        raise Problem("no call was answered by two engines, so there is nothing to compare")
    made = f"{_count(panel.calls, 'call')} of {_count(len(panel.subject.functions), 'function')}"
    verdict = _count(found, "difference") if found else "they agree"
    click.echo(f"{made} in {len(panel.workers)} engines: {verdict}")


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
