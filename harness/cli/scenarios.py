"""``stopwat scenarios``: what engines are tried with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from harness.cli.problem import Problem
from harness.suggest import unknown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.scenarios import Scenario


@click.command
@click.argument("names", nargs=-1)
def command(names: tuple[str, ...]) -> None:
    """List the scenarios, all or those of a group, or show one: NAMES are groups and scenarios."""
    from harness.scenarios import discover

    catalogue = discover()
    for error in catalogue.errors:
        click.echo(f"stopwat: {error}", err=True)
    by_id = {scenario.id: scenario for scenario in catalogue.scenarios}
    groups = {scenario.group for scenario in catalogue.scenarios}
    for name in names:
        if name not in by_id and name not in groups:
            raise Problem(unknown("scenario or group", name, sorted(groups), more=by_id))
    for name in names:
        if name in by_id:
            _show(by_id[name])
    _list([scenario for scenario in catalogue.scenarios if not names or scenario.group in names])
    if catalogue.errors:
        raise SystemExit(2)


def _show(scenario: Scenario) -> None:
    from rich.syntax import Syntax

    from harness.cli.terminal import console

    screen = console()
    text = scenario.source.text.rstrip()
    screen.print(str(scenario.path), style="dim", soft_wrap=True)
    if screen.is_terminal:
        screen.print(Syntax(text, "wast", theme="ansi_dark", background_color="default"))
    else:
        click.echo(text)


def _list(scenarios: Sequence[Scenario]) -> None:
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    from harness.cli.terminal import console

    for group in dict.fromkeys(scenario.group for scenario in scenarios):
        table = Table(box=box.SIMPLE_HEAD, header_style="dim", pad_edge=False)
        table.add_column(group, style="bold", header_style="bold", no_wrap=True)
        table.add_column("cancellation on, off")
        table.add_column("what it is", ratio=1)
        for scenario in scenarios:
            if scenario.group == group:
                header = scenario.header
                needs = f" [dim]({', '.join(header.needs)})[/]" if header.needs else ""
                expected = ", ".join(dict.fromkeys((header.on, header.off)))
                table.add_row(scenario.id, escape(expected), escape(header.about) + needs)
        console().print(table)
