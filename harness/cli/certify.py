"""``stopwat certify``: everything against one engine."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.params import COUNT, ENGINE, pytest_arguments, running
from harness.cli.problem import Problem


@click.command
@click.argument("engine", type=ENGINE)
@running
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
    type=COUNT,
    metavar="N",
    default=1,
    show_default=True,
    help="Cases at a time; more than one is faster, and blurs what is measured.",
)
def command(engine: str, output: Path, junit: Path, jobs: int, **options: object) -> None:
    """Run the official suite, all scenarios and all kernels against ENGINE.

    Writes a certificate and JUnit's XML. What is cut short by Ctrl-C is written too, marked as such, and
    finished by --resume.

    \b
    Exit status:
      0    certified
      1    not certified; the rules that it broke are in the table
      3    not certified, for known failures only
      2    could not be tried
      130  interrupted
    """
    from harness import certificate
    from harness.cli import session
    from harness.cli.terminal import console
    from harness.tables import render

    for path in (output, junit):
        _check(path)
    done = session.run(
        [""], [f"--engine={engine}", f"--junit-xml={junit}", *pytest_arguments(options)], jobs=jobs
    )
    result = done.certificates[engine]
    console().print(render(result))
    try:
        certificate.save(result, output)
    except certificate.CannotWrite as error:
        raise Problem(str(error)) from error
    if done.fault:
        raise Problem(done.fault)
    click.echo(f"wrote {output} and {junit}", err=True)
    if done.interrupted:
        raise Problem("interrupted", 130)
    raise SystemExit(result.status)


def _check(path: Path) -> None:
    """Better to know before all the work than after it."""
    if not path.absolute().parent.is_dir():
        raise Problem(f"cannot write {path}: there is no directory {path.absolute().parent}")
