"""``stopwat bench``: what being stoppable costs, or one engine against another."""

from __future__ import annotations

from functools import partial
from statistics import median
from typing import TYPE_CHECKING

import click

from harness.cli.params import ENGINE
from harness.cli.problem import Problem
from harness.suggest import unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from rich.table import Table

    from harness.measure.overhead import Comparison
    from harness.scenarios import Scenario


@click.command
@click.argument("kernels", nargs=-1)
@click.option("--engine", type=ENGINE, default="compiler", show_default=True, help="See `stopwat engines`.")
@click.option("--against", type=ENGINE, help="Another engine, which runs with cancellation off.")
@click.option(
    "--native", is_flag=True, help="Against the same kernels in C, built by the C compiler on PATH."
)
@click.option(
    "--interruptible", is_flag=True, help="With --against or --native: cancellation is on in --engine."
)
@click.option(
    "--pairs",
    type=click.IntRange(3),
    metavar="N",
    default=15,
    show_default=True,
    help="Measurements a kernel; where they are too noisy, up to twice as many.",
)
def command(
    kernels: tuple[str, ...],
    engine: str,
    against: str | None,
    native: bool,
    interruptible: bool,
    pairs: int,
) -> None:
    """Measure KERNELS, or all of them, in processor time.

    It is the engine with cancellation on against off; with --against, the engine against another; with
    --native, the engine against native code.
    The two live side by side and take turns, so that what else the machine does hits both alike; every few
    measurements they are started afresh. Where the machine is too noisy to tell, no ratio is given.

    Exit status 1 if a kernel could not be measured.
    """
    from harness.cli.terminal import console
    from harness.measure import overhead, speed
    from harness.measure.ratios import TOO_NOISY
    from harness.registry import Choice

    if native and against is not None:
        raise Problem("--native and --against are two things to compare with: give one of them")
    chosen = _choose(kernels)
    one = Choice(engine, interruptible=interruptible)
    name = f"{engine} on" if interruptible else engine
    if native:
        names, compare = (name, "native"), partial(speed.compare, choice=one)
    elif against is not None:
        names, compare = (name, against), partial(overhead.compare, a=one, b=Choice(against))
    else:
        names = f"{engine} on", f"{engine} off"
        on, off = Choice(engine, interruptible=True), Choice(engine)
        compare = partial(overhead.compare, a=on, b=off)
    rows = list(_measure(chosen, partial(compare, pairs=pairs)))
    if rows:
        console().print(_table(rows, *names))
    for row in rows:
        if row.noise:
            click.echo(f"stopwat: {row.kernel}: {TOO_NOISY}: {row.noise}", err=True)
    raise SystemExit(0 if len(rows) == len(chosen) else 1)


def _choose(names: Sequence[str]) -> list[Scenario]:
    from harness.scenarios import discover

    known = {_short(kernel.id): kernel for kernel in discover().kernels()}
    for name in names:
        if _short(name) not in known:
            raise Problem(unknown("kernel", name, known))
    return [known[_short(name)] for name in names] or list(known.values())


def _short(name: str) -> str:
    return name.removeprefix("kernel-")


def _measure(kernels: Sequence[Scenario], compare: Callable[[Scenario], Comparison]) -> Iterator[Comparison]:
    """One row a kernel that could be measured; the others are told of."""
    import sys

    from harness.cli.terminal import bar, console
    from harness.engine import Unavailable
    from harness.measure.native import NotNative
    from harness.measure.sides import Unmeasurable
    from harness.sandbox.supervisor import WorkerError

    with bar(console(sys.stderr)) as progress:
        task = progress.add_task("", total=len(kernels))
        for kernel in kernels:
            progress.update(task, description=kernel.id)
            try:
                yield compare(kernel)
            except (Unmeasurable, NotNative) as error:
                click.echo(f"stopwat: {error}", err=True)
            except (Unavailable, WorkerError) as error:
                raise Problem(str(error)) from error
            progress.advance(task)


def _table(rows: Sequence[Comparison], one: str, other: str) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from harness.duration import show
    from harness.measure.ratios import TOO_NOISY, geometric_mean

    table = Table(box=box.SIMPLE_HEAD, header_style="dim", footer_style="")
    table.add_column("kernel", style="bold", no_wrap=True)
    for name in (one, other):
        table.add_column(Text(name), justify="right", overflow="fold")
    table.add_column("ratio", justify="right", no_wrap=True)
    table.add_column("95 % interval", justify="right", no_wrap=True)
    clear = [row for row in rows if not row.noise]
    for row in rows:
        kernel = Text(_short(row.kernel))
        ratio, interval = f"{row.ratio:.3f}", f"{row.low:.3f} to {row.high:.3f}"
        if row.noise:
            ratio, interval = "", f"[yellow]{TOO_NOISY}[/]"
        table.add_row(kernel, show(median(row.a)), show(median(row.b)), ratio, interval)
    if clear:
        of = f"of {len(clear)} in {len(rows)}" if len(clear) < len(rows) else ""
        table.add_section()
        table.add_row("geometric mean", "", "", f"{geometric_mean(row.ratio for row in clear):.3f}", of)
    return table
