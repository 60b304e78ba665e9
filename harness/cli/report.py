"""``stopwat report``: certificates as a page, as Markdown, or as a badge."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.cli.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.certificate import Certificate

FORMATS = ("html", "markdown", "badge")
_SUFFIXES = {".html": "html", ".htm": "html", ".md": "markdown", ".markdown": "markdown", ".svg": "badge"}
_STANDARD_OUTPUT = Path("-")


@click.command
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    help="Where it goes; - is standard output.  [default: report.html for a page, otherwise -]",
)
@click.option(
    "--format", type=click.Choice(FORMATS), help="What to make, if the output's suffix does not say."
)
@click.option("--partial", is_flag=True, help="Also of runs that were cut short, marked as such.")
def command(files: tuple[Path, ...], output: Path | None, format: str | None, partial: bool) -> None:
    """Make a report of the certificates in FILES, an engine or a run each.

    \b
    html      one page that needs nothing else: verdicts, the matrix of engines and
              scenarios with all evidence, latencies, price, conformance
    markdown  the same in short, for a pull request or a step's summary
    badge     a picture a certificate; of several, each is named after its engine

    Exit status 0 if it was written, 2 if not; `stopwat show` tells whether an engine is certified.
    """
    format = format or format_of(output)  # before everything is read
    write([_load(file, partial) for file in files], output, format)


def write(certificates: Sequence[Certificate], output: Path | None, format: str | None = None) -> None:
    """Make a report and write it; raises `Problem`. without `format` its suffix says which."""
    format = format or format_of(output)
    if output is None:
        output = Path("report.html") if format == "html" else _STANDARD_OUTPUT
    for path, text in _made(format, certificates, output):
        _write(path, text)


def format_of(output: Path | None) -> str:
    """What a file is to be, by its suffix; raises `Problem` for one that says nothing."""
    if output is None:
        return "html"
    suffix = output.suffix.lower()
    if suffix not in _SUFFIXES:
        raise Problem(f"what is {output} to be? say --format={', '.join(FORMATS[:-1])} or {FORMATS[-1]}")
    return _SUFFIXES[suffix]


def _load(file: Path, partial: bool) -> Certificate:
    from harness import certificate

    try:
        return certificate.load(file, partial=partial)
    except certificate.NotACertificate as error:
        if not partial and _is_partial(file):
            raise Problem(f"{error}; --partial shows it all the same, marked") from error
        raise Problem(str(error)) from error


def _is_partial(file: Path) -> bool:
    from harness import certificate

    try:
        certificate.load(file, partial=True)
    except certificate.NotACertificate:
        return False
    return True


def _made(format: str, certificates: Sequence[Certificate], output: Path) -> list[tuple[Path, str]]:
    """What goes where."""
    from harness.report.columns import columns

    found = columns(certificates)
    if format == "badge":
        from harness.certificate import beside
        from harness.report.badge import badge

        if len(found) == 1:
            return [(output, badge(found[0]))]
        if output == _STANDARD_OUTPUT:
            raise Problem("several badges need a file: -o badge.svg gives badge-ENGINE.svg each")
        places = beside(output, [column.name for column in found])
        return [(places[column.name], badge(column)) for column in found]
    if format == "markdown":
        from harness.report.markdown import markdown

        return [(output, markdown(found))]
    from harness.report.page import page

    return [(output, page(found))]


def _write(path: Path, text: str) -> None:
    from harness import files

    data = text.encode("utf-8", errors="backslashreplace")
    if path == _STANDARD_OUTPUT:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    try:
        files.write(path, data)
    except OSError as error:
        raise Problem(f"cannot write {path}: {error.strerror}") from error
    click.echo(f"wrote {path}", err=True)
