"""``stopwat certify``: everything against an engine, or several."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from harness.cli.params import COUNT, ENGINE, pytest_arguments, running
from harness.cli.problem import Problem

if TYPE_CHECKING:
    from harness.certificate import Certificate

_FROM_BEST_TO_WORST = (0, 3, 1, 2)
"""Exit statuses."""


@click.command
@click.argument("engines", nargs=-1, type=ENGINE)
@click.option("--available", is_flag=True, help="Every engine that `stopwat engines` finds here.")
@running
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    default="certificate.json",
    show_default=True,
    help="Where the certificate goes; of several engines, certificate-ENGINE.json each.",
)
@click.option(
    "--junit",
    type=click.Path(path_type=Path, dir_okay=False),
    default="junit.xml",
    show_default=True,
    help="Where JUnit's XML goes; of several engines, junit-ENGINE.xml each.",
)
@click.option(
    "--report",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write a report of all of them in the end, as `stopwat report` does.",
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
def command(
    engines: tuple[str, ...],
    available: bool,
    output: Path,
    junit: Path,
    report: Path | None,
    jobs: int,
    **options: object,
) -> None:
    """Run the official suite, all scenarios and all kernels against ENGINES, one after the other.

    Writes a certificate and JUnit's XML. What is cut short by Ctrl-C is written too, marked as such, and
    finished by --resume. An engine that cannot be tried does not stop the others.

    \b
    Exit status, of several engines the worst:
      0    certified
      3    not certified, for known failures only
      1    not certified; the rules that it broke are in the table
      2    could not be tried, or what was found could not be written
      130  interrupted
    """
    from harness.certificate import beside
    from harness.cli.report import format_of, write
    from harness.cli.terminal import console
    from harness.scenarios import discover
    from harness.tables import render

    names = list(dict.fromkeys((*engines, *(_available() if available else ()))))
    if not names:
        raise Problem("no engine is named; `stopwat engines` lists them, --available takes them all")
    if len(names) > 1 and options["resume"] is not None:
        raise Problem(f"--resume takes one engine, not {', '.join(names)}")
    if report is not None:
        format_of(report)
    for path in (output, junit, *([report] if report is not None else [])):
        _check(path)
    found: list[Certificate] = []
    status, interrupted = 0, False
    unheard: OSError | None = None
    alone = len(names) == 1
    outputs, junits = ({names[0]: path} if alone else beside(path, names) for path in (output, junit))
    for name in names:
        files = _Files(outputs[name], junits[name])
        try:
            tried = _certify(name, files, jobs, options)
        except Problem as problem:
            if alone:
                raise
            _tell(f"stopwat: {problem.message}")
            status = _worse(status, problem.exit_code)
            continue
        found.append(tried.certificate)
        status = _worse(status, 2 if tried.faults else tried.certificate.status)
        try:
            console().print(render(tried.certificate))
        except OSError as error:  # what is written down is worth more, and other engines are still to come
            unheard = error
        for fault in tried.faults:
            _tell(f"stopwat: {fault}")
        if not tried.faults:
            _tell(f"wrote {files.certificate} and {files.junit}")
        interrupted = tried.interrupted
        if interrupted:
            break
    if any(item.outcome == "failed" for certificate in found for item in certificate.items):
        for unusable in discover().unusable():
            _tell(f"stopwat: {unusable}")
    if report is not None and found:
        write(found, report)
    if unheard is not None:
        raise unheard
    if interrupted:
        raise Problem("interrupted", 130)
    raise SystemExit(status)


class _Files(NamedTuple):
    """Where what is found of one engine goes."""

    certificate: Path
    junit: Path


class _Tried(NamedTuple):
    """What came of one engine."""

    certificate: Certificate
    interrupted: bool
    """Whether Ctrl-C cut it short."""
    faults: tuple[str, ...]
    """What could not be written, a line each."""


def _certify(name: str, files: _Files, jobs: int, options: dict[str, object]) -> _Tried:
    """Try one engine and write what was found."""
    from harness.cli import session

    # the certificate is written by the session itself: what ends this process later finds it done
    written = (f"--certificate={files.certificate}", f"--junit-xml={files.junit}")
    done = session.run([""], [f"--engine={name}", *written, *pytest_arguments(options)], jobs=jobs)
    return _Tried(done.certificates[name], done.interrupted, done.faults)


def _tell(line: str) -> None:
    """On standard error; if nobody is there any more, the work goes on all the same."""
    with contextlib.suppress(OSError):
        click.echo(line, err=True)


def _available() -> list[str]:
    """The engines that can be tried here; the others are told, each with the reason."""
    from concurrent.futures import ThreadPoolExecutor

    from harness import registry
    from harness.announce import announced
    from harness.probe import NoEngine, NotBuiltYet, probe

    def ask(name: str) -> str:
        try:
            probe(name, build=False)
        except NotBuiltYet:
            pass
        except NoEngine as error:
            return str(error)
        return ""

    names = registry.names()
    with announced("asking every engine what it is"), ThreadPoolExecutor() as pool:
        reasons = dict(zip(names, pool.map(ask, names), strict=True))
    for name, reason in reasons.items():
        if reason:
            click.echo(f"not tried: {name}: {reason}", err=True)
    return [name for name, reason in reasons.items() if not reason]


def _worse(one: int, other: int) -> int:
    return max(one, other, key=_FROM_BEST_TO_WORST.index)


def _check(path: Path) -> None:
    """Better to know before all the work than after it."""
    from harness import files

    if not path.absolute().parent.is_dir():
        raise Problem(f"cannot write {path}: there is no directory {path.absolute().parent}")
    try:
        files.check(path)
    except OSError as error:
        raise Problem(f"cannot write {path}: {error.strerror}") from error
