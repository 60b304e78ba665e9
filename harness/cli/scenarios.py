"""``stopwat scenarios``: what engines are tried with."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import click

from harness.cli.problem import Problem
from harness.suggest import unknown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console

    from harness.cli.keywords import Matcher
    from harness.scenarios import Scenario
    from harness.scenarios.written import Written

    Entry: TypeAlias = Scenario | Written


@click.command
@click.argument("names", nargs=-1)
@click.option("--group", "groups", multiple=True, metavar="NAME", help="Only this group; repeatable.")
@click.option(
    "--needs", metavar="SET", help="Only what needs this feature of the standard; of several, all of them."
)
@click.option(
    "-k", "expression", metavar="EXPRESSION", help="Only names for which this holds: 'loop and not table'."
)
def command(
    names: tuple[str, ...], groups: tuple[str, ...], needs: str | None, expression: str | None
) -> None:
    """List the scenarios, or show some: NAMES are groups, to be listed, and scenarios, to be shown.

    Most are fixtures, modules in text; where time or the order of things is the point, they are written out.
    """
    from harness import provenance
    from harness.scenarios import discover
    from harness.scenarios.written import written

    catalogue = discover()
    for error in catalogue.errors:
        click.echo(f"stopwat: {error}", err=True)
    entries: list[Entry] = [*catalogue.scenarios, *written(provenance.cases())]
    ids = {_id(entry) for entry in entries}
    known = sorted({_group(entry) for entry in entries})
    for group in groups:
        if group not in known:
            raise Problem(unknown("group", group, known))
    for name in names:
        if name not in ids and name not in known:
            raise Problem(unknown("scenario or group", name, known, more=ids))
    for entry in entries:
        if _id(entry) in names:
            _show(entry)
    wanted = {*groups, *(name for name in names if name in known)}
    if wanted or needs or expression or not names:
        chosen = list(_chosen(entries, wanted or set(known), _features(needs), _matcher(expression)))
        if not chosen:
            raise Problem("there is no such scenario: nothing fits all that was asked for")
        _list(chosen)
    if catalogue.errors:
        raise SystemExit(2)


def _id(entry: Entry) -> str:
    return entry.title.id if isinstance(entry, tuple) else entry.id


def _group(entry: Entry) -> str:
    return entry.title.group if isinstance(entry, tuple) else entry.group


def _needs(entry: Entry) -> tuple[str, ...]:
    """The features that a fixture needs; what a case that is written out needs, its fixtures say."""
    return () if isinstance(entry, tuple) else entry.header.needs


def _features(text: str | None) -> frozenset[str]:
    from harness.standard.features import FEATURES

    names = frozenset(filter(None, map(str.strip, (text or "").split(","))))
    for name in names:
        if name not in FEATURES:
            raise Problem(unknown("feature", name, FEATURES))
    return names


def _matcher(text: str | None) -> Matcher:
    from harness.cli import keywords

    if text is None:
        return lambda _: True
    try:
        return keywords.parse(text)
    except keywords.BadExpression as error:
        raise Problem(f"-k {error}") from error


def _chosen(
    entries: Sequence[Entry], groups: set[str], needs: frozenset[str], matches: Matcher
) -> Iterator[Entry]:
    for entry in entries:
        group, features = _group(entry), _needs(entry)
        if group in groups and needs <= set(features) and matches((_id(entry), group, *features)):
            yield entry


def _show(entry: Entry) -> None:
    from harness.cli.terminal import console

    screen = console()
    if isinstance(entry, tuple):
        _explain(screen, f"{entry.path}:{entry.line}", {"about": entry.doc})
        _print(screen, entry.source, "python")
    else:
        _explain(screen, str(entry.path), _reasons(entry))
        lines = entry.source.text.rstrip().splitlines()
        _print(screen, "\n".join(line for line in lines if not line.startswith(";;!")), "wast")


def _reasons(scenario: Scenario) -> dict[str, str]:
    """Why a fixture exists, and what an engine has to do."""
    header = scenario.header
    seen = (header.seen,) if isinstance(header.seen, str) else header.seen
    told = f"{', '.join(scenario.ways)}; called from: {', '.join(scenario.reaches)}"
    reasons = {
        "about": header.about,
        "on": _expected(header.on),
        "off": _expected(header.off),
        "told by": told if scenario.stoppable else "",
        "needs": ", ".join(header.needs),
        "covers": ", ".join(header.covers),
        "seen": "\n".join(seen),
    }
    return {name: text for name, text in reasons.items() if text}


def _expected(text: str) -> str:
    """The words of the header, and the verdicts that are good."""
    from harness.results import Verdict

    words = text.split(" or ")
    good = [Verdict.TERMINATED] if "interrupted" in words else []
    good += [Verdict.RIGHT] if words != ["interrupted"] else []
    return f"{text}; the verdict is then {' or '.join(verdict.value for verdict in good)}"


def _explain(screen: Console, place: str, reasons: dict[str, str]) -> None:
    from rich.table import Table
    from rich.text import Text

    screen.print(place, style="dim", soft_wrap=True, markup=False)
    table = Table.grid(padding=(0, 2))
    for name, text in reasons.items():
        table.add_row(Text(name, style="dim"), Text(text))
    screen.print(table)
    screen.print()


def _print(screen: Console, text: str, language: str) -> None:
    from rich.syntax import Syntax

    if screen.is_terminal:
        screen.print(Syntax(text, language, theme="ansi_dark", background_color="default"))
    else:
        click.echo(text)


def _list(chosen: Sequence[Entry]) -> None:
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    from harness.cli.terminal import console

    for group in sorted({_group(entry) for entry in chosen}):
        table = Table(box=box.SIMPLE_HEAD, header_style="dim", pad_edge=False)
        table.add_column(group, style="bold", header_style="bold", no_wrap=True)
        table.add_column("cancellation on, off")
        table.add_column("what it is", ratio=1)
        for entry in chosen:
            if _group(entry) != group:
                continue
            if isinstance(entry, tuple):
                table.add_row(_id(entry), f"[dim]{escape(entry.title.fixture)}[/]", escape(entry.title.about))
            else:
                needs = f" [dim]({', '.join(entry.header.needs)})[/]" if entry.header.needs else ""
                expected = ", ".join(dict.fromkeys((entry.header.on, entry.header.off)))
                table.add_row(_id(entry), escape(expected), escape(entry.header.about) + needs)
        console().print(table)
