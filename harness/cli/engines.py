"""``stopwat engines``: what is available, and why not."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import click

from harness.cli.params import ENGINE

if TYPE_CHECKING:
    from rich.text import Text

    from harness.engine import Capabilities
    from harness.sandbox.protocol import Welcome


@click.command
@click.argument("names", nargs=-1, type=ENGINE)
def command(names: tuple[str, ...]) -> None:
    """List the engines that are installed, or look at the ones named by NAMES.

    An engine is installed by an entry point of the group `stopwat.engines`. Others are named wherever an
    engine is asked for: module:Attribute or path/to/file.py:Attribute for a class in Python, exec:command for
    a program that speaks the protocol.
    """
    from rich.table import Table
    from rich.text import Text

    from harness import registry
    from harness.announce import announced
    from harness.cli.terminal import console

    table = Table.grid(padding=(0, 3, 0, 0))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column()
    wanted = names or tuple(registry.names())
    with announced("asking every engine what it is"), ThreadPoolExecutor() as pool:
        for name, answer in zip(wanted, pool.map(_ask, wanted), strict=True):
            if isinstance(answer, str):
                table.add_row(Text(name), "-", Text(answer, style="yellow"))
            else:
                table.add_row(Text(name), Text(answer.engine_version), _describe(answer.capabilities))
    console().print(table)


def _ask(name: str) -> Welcome | str:
    """What it says of itself, or why it does not."""
    from harness.probe import NoEngine, probe

    try:
        return probe(name, build=False)
    except NoEngine as error:
        return str(error)


def _describe(able: Capabilities) -> Text:
    from rich.text import Text

    how = f"stops by {able.interrupts}, {able.after_interrupt} afterwards"
    stops = Text(how if able.interrupts != "none" else "does not stop", style="dim")
    return Text("\n").join([Text(_standard(able.features)), stops])


def _standard(features: frozenset[str]) -> str:
    """The version that comes nearest, what is missing and what there is beyond it: ``2.0 without simd``."""
    from harness.standard.features import version

    nearest = min(("1.0", "2.0", "3.0"), key=lambda name: len(version(name) ^ features))
    text = f"WebAssembly {nearest}"
    if missing := sorted(version(nearest) - features):
        text += f" without {', '.join(missing)}"
    if more := sorted(features - version(nearest)):
        text += f", and {', '.join(more)}"
    return text
