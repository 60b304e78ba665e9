"""``stopwat spec``: the official suite alone."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.cli.params import COUNT, ENGINES, FEATURES
from harness.cli.problem import Problem
from harness.suggest import unknown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console
    from rich.table import Table

    from harness.certificate import Certificate
    from harness.results import SpecResult

_FAILURES = 20
"""Lines of evidence a script; `--all` shows every one."""


@click.command
@click.argument("files", nargs=-1)
@click.option(
    "--engine",
    "engines",
    type=ENGINES,
    default="interp",
    show_default=True,
    help="See `stopwat engines`; several are separated by commas.",
)
@click.option("--suite", "where", type=click.Path(path_type=Path), help="Where the official test suite is.")
@click.option(
    "--features",
    type=FEATURES,
    help="Narrow the engines: to 1.0, 2.0, 3.0, proposal, or features separated by commas.",
)
@click.option(
    "-j", "--jobs", type=COUNT, metavar="N", default=1, show_default=True, help="Scripts at a time."
)
@click.option(
    "--both", is_flag=True, help="Run it with cancellation off as well: every outcome must be the same."
)
@click.option("--all", "everything", is_flag=True, help="Show every command that failed.")
@click.option(
    "--markdown",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write a table of features by engine.",
)
def command(
    files: tuple[str, ...],
    engines: tuple[str, ...],
    where: Path | None,
    features: str | None,
    jobs: int,
    both: bool,
    everything: bool,
    markdown: Path | None,
) -> None:
    """Run the official test suite, or FILES of it: names such as i32.wast, or paths of any other scripts.

    \b
    Exit status:
      0    every applicable command passed
      1    some failed
      2    could not be tried
      130  interrupted
    """
    from harness.cli import session
    from harness.cli.terminal import console

    directory, names = _choose(files, where)
    arguments = [f"--suite={directory}", *(f"--script={name}" for name in names)]
    arguments += [f"--engine={engine}" for engine in engines]
    arguments.append(f"--profile={'standard' if both else 'quick'}")
    if features is not None:
        arguments.append(f"--features={features}")
    done = session.run(["test_spec.py"], arguments, jobs=jobs)
    if markdown is not None and not done.interrupted:
        from harness import markdown as pages

        words = ["stopwat", "spec", *files, "--engine", ",".join(engines)]
        words += [] if features is None else ["--features", features]
        words += ["--markdown", str(markdown)]
        markdown.write_text(pages.conformance(done.certificates, shlex.join(words)), encoding="utf-8")
    screen = console()
    right = True
    for engine, certificate in done.certificates.items():
        if len(engines) > 1:
            screen.print(f"\n {engine}", markup=False, style="bold")
        right &= _report(screen, certificate, by_script=bool(names), everything=everything)
    if done.interrupted:
        raise Problem("interrupted", 130)
    raise SystemExit(0 if right else 1)


def _report(screen: Console, certificate: Certificate, *, by_script: bool, everything: bool) -> bool:
    """Show what came of one engine; whether all of it was right."""
    from harness.summary import describe
    from harness.tables import conformance

    scripts = certificate.scripts
    if by_script:
        screen.print(_by_script(scripts))
    screen.print(conformance(scripts))
    for result in scripts:
        for other in result.differs or ():
            where = f"{result.file}:{other.line}: {other.command}"
            screen.print(f"{where}: off {other.expected}, on {other.got}", markup=False, soft_wrap=True)
    same = not any(result.differs for result in scripts)
    if same and any(result.differs is not None for result in scripts):
        screen.print("With cancellation off every command comes to the same.")
    failed = [result for result in scripts if _missed(result)]
    for result in failed:
        shown = result.failures if everything else result.failures[:_FAILURES]
        for failure in shown:
            screen.print(describe(result.file, failure), markup=False, soft_wrap=True)
        if len(shown) < _missed(result):
            screen.print(f"{result.file}: {_missed(result) - len(shown)} more", markup=False)
    broken = [item for item in certificate.items if item.outcome != "passed" and not item.results]
    for item in broken:
        screen.print(f"{item.id}: {item.why}", markup=False, soft_wrap=True)
    return same and not failed and not broken


def _choose(files: Sequence[str], where: Path | None) -> tuple[Path, list[str]]:
    """The directory the scripts are in, and their names; no names means all."""
    from harness.wast import suite

    paths = [Path(file) for file in files]
    if files and all(path.is_file() and path.suffix == ".wast" for path in paths):
        parents = {path.absolute().parent for path in paths}
        if len(parents) > 1:
            raise Problem("scripts from different directories; name those of one at a time")
        return parents.pop(), [path.name for path in paths]
    try:
        directory = suite.find(where)
    except suite.NotFound as error:
        raise Problem(str(error)) from error
    known = {script.name for script in suite.scripts(directory)}
    names = [file if file in known else f"{file}.wast" for file in files]
    for name in names:
        if name not in known:
            raise Problem(unknown("script", name, [str(directory)], more=known))
    return directory, names


def _missed(result: SpecResult) -> int:
    return sum(tally.failed + tally.not_run for tally in result.features.values())


def _by_script(scripts: Sequence[SpecResult]) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, header_style="dim")
    table.add_column("script", style="bold")
    for name in ("passed", "failed", "not applicable", "seconds"):
        table.add_column(name, justify="right")
    for result in scripts:
        passed = sum(tally.passed for tally in result.features.values())
        missed = _missed(result)
        mark = f"[red]{missed}[/]" if missed else ""
        skipped = sum(result.not_applicable.values())
        table.add_row(Text(result.file), str(passed), mark, str(skipped or ""), f"{result.seconds:.2f}")
    return table
