"""``stopwat compare``: what got better and what got worse from one certificate to another."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.cli.problem import Problem

if TYPE_CHECKING:
    from rich.console import RenderableType

    from harness.certificate import Comparison

_SHOWN = 40
"""Changes a direction; `--all` shows every one."""


@click.command
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Write it as JSON, all of it.")
@click.option("--all", "everything", is_flag=True, help="Show every change.")
def command(old: Path, new: Path, as_json: bool, everything: bool) -> None:
    """Compare certificate NEW with OLD: verdicts, commands of the suite, latencies, price.

    Verdicts and commands are compared one by one. Times and ratios are compared only where both runs were on
    the same machine, and only what noise hardly does counts as a change: harness/certificate/shift.py has the
    rules.

    \b
    Exit status:
      0    nothing got worse
      1    something did
      2    one of them is no whole certificate
    """
    import msgspec

    from harness import certificate
    from harness.cli.terminal import console

    try:
        found = certificate.compare(certificate.load(old), certificate.load(new))
    except certificate.NotACertificate as error:
        raise Problem(str(error)) from error
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(found), indent=1))
    else:
        screen = console()
        for part in _parts(found, everything=everything):
            screen.print(part)
    raise SystemExit(1 if found.worse else 0)


def _parts(found: Comparison, *, everything: bool) -> list[RenderableType]:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    parts: list[RenderableType] = [Text(note, style="yellow") for note in found.notes]
    for direction, mark, style in (("worse", "✗", "red"), ("better", "✓", "green")):
        changes = [change for change in found.changes if change.direction == direction]
        if not changes:
            continue
        table = Table(box=box.SIMPLE_HEAD, header_style="dim")
        table.add_column(direction, style=style, header_style=f"bold {style}", no_wrap=True)
        table.add_column("what", overflow="fold")
        table.add_column("was", overflow="fold")
        table.add_column("is", overflow="fold")
        shown = changes if everything else changes[:_SHOWN]
        for change in shown:
            table.add_row(f"{mark} {change.kind}", *map(Text, (change.what, change.old, change.new)))
        parts.append(table)
        if len(shown) < len(changes):
            parts.append(Text(f"  and {len(changes) - len(shown)} more: --all shows them", style="dim"))
    for which, names in (("OLD", found.only_old), ("NEW", found.only_new)):
        if names:
            more = f" and {len(names) - 3} more" if len(names) > 3 else ""
            parts.append(Text(f"only in {which}: {', '.join(names[:3])}{more}", style="dim"))
    if not found.changes:
        parts.append(Text("nothing changed beyond noise", style="green"))
    return parts
