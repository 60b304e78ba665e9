"""``stopwat adapter``: for those who put an engine behind the protocol."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.cli.params import DURATION, ENGINE
from harness.cli.problem import Problem

if TYPE_CHECKING:
    from rich.console import RenderableType

    from harness.adapter.checking import Row


@click.group(name="adapter")
def command() -> None:
    """Begin an adapter of an engine, or check whether one keeps to the protocol."""


@command.command
@click.argument("engine", type=ENGINE)
@click.option(
    "--patience", type=DURATION, default="10s", show_default=True, help="How long an answer may take."
)
def check(engine: str, patience: int) -> None:
    """Check whether an adapter keeps to the protocol, before any case runs.

    ENGINE is `exec:command with arguments`, or any other name of an engine. What it says it does not offer
    is not held against it.

    \b
    Exit status:
      0  it does
      1  it does not: below each rule that it breaks stands what to fix
      2  there is no adapter to check
    """
    from rich.table import Table

    from harness.adapter import checking
    from harness.cli.terminal import console

    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    rows = []
    try:
        for row in checking.run(engine, patience=patience / 1e9):
            rows.append(row)
            if row.status != "not run":
                table.add_row(*_cells(row))
    except checking.CannotCheck as error:
        raise Problem(str(error)) from error
    console().print(table)
    counts = {status: sum(row.status == status for row in rows) for status in _MARKS}
    click.echo(", ".join(f"{count} {status}" for status, count in counts.items() if count))
    raise SystemExit(1 if counts["failed"] else 0)


@command.command
@click.argument("name")
@click.option("--lang", required=True, metavar="LANGUAGE", help="python, go, rust, node or java.")
@click.argument("directory", type=click.Path(path_type=Path), required=False)
def new(name: str, lang: str, directory: Path | None) -> None:
    """Write an adapter to begin with, for an engine called NAME, into DIRECTORY (or one called NAME).

    There is a toy engine in it, so that it passes `stopwat adapter check` as it stands; its README says what
    to do next.
    """
    from harness.adapter import skeleton
    from harness.suggest import unknown

    if lang not in skeleton.LANGUAGES:
        raise Problem(unknown("language", lang, list(skeleton.LANGUAGES)))
    directory = directory or Path(name)
    try:
        written = skeleton.write(name, lang, directory)
    except skeleton.CannotWrite as error:
        raise Problem(str(error)) from error
    for path in written:
        click.echo(path)
    click.echo(f"next: {directory / 'check.sh'}, and {directory / 'README.md'} for the rest", err=True)


_MARKS = {
    "passed": "[green]✓[/]",
    "failed": "[red]✗[/]",
    "not offered": "[dim]-[/]",
    "not run": "[dim]?[/]",
}


def _cells(row: Row) -> tuple[RenderableType, ...]:
    from rich.markup import escape

    said = escape(row.check.rule)
    if row.status == "failed":
        said += f"\n[red]{escape(row.message)}[/]\nfix: {escape(row.check.fix)}"
    elif row.message:
        said += f"\n[dim]{escape(f'{row.status}: {row.message}')}[/]"
    return _MARKS[row.status], row.check.name, said
