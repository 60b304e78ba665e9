"""``stopwat certify``: everything against one engine."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.params import ENGINE, measuring, pytest_arguments
from harness.cli.problem import Problem


@click.command
@click.argument("engine", type=ENGINE)
@measuring
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    default="certificate.json",
    show_default=True,
    help="Where the certificate goes.",
)
@click.option(
    "--junit",
    type=click.Path(path_type=Path, dir_okay=False),
    default="junit.xml",
    show_default=True,
    help="Where JUnit's XML goes.",
)
@click.option(
    "-j",
    "--jobs",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="Cases at a time; more than one is faster, and blurs what is measured.",
)
def command(engine: str, output: Path, junit: Path, jobs: int, **options: object) -> None:
    """Run the official suite, all scenarios and all kernels against ENGINE.

    Writes a certificate and JUnit's XML. What is cut short by Ctrl-C is written too, marked as such.

    \b
    Exit status:
      0    certified
      1    not certified; the rules that it broke are in the table
      2    could not be tried
      130  interrupted
    """
    from harness.cli import session
    from harness.cli.terminal import console
    from harness.tables import render

    for path in (output, junit):
        _check(path)
    arguments = [f"--engine={engine}", f"--certificate={output}", f"--junit-xml={junit}"]
    done = session.run([""], [*arguments, *pytest_arguments(options)], jobs=jobs)
    certificate = done.certificates[engine]
    console().print(render(certificate))
    click.echo(f"wrote {output} and {junit}" if not done.notes else "\n".join(done.notes), err=True)
    if done.interrupted:
        raise Problem("interrupted", 130)
    raise SystemExit(0 if certificate.footer.certified else 1)


def _check(path: Path) -> None:
    """Better to know before all the work than after it."""
    if not path.absolute().parent.is_dir():
        raise Problem(f"cannot write {path}: there is no directory {path.absolute().parent}")
