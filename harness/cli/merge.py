"""``stopwat merge``: parts of a run as one certificate."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.problem import Problem

_SHOWN = 3
"""Items that are named where parts overlap."""


@click.command
@click.argument("parts", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="Where the certificate goes.",
)
def command(parts: tuple[Path, ...], output: Path) -> None:
    """Make one certificate of PARTS: shards of one run, or runs that were cut short.

    They must be of the same engine, version, options, cases, suite and known failures; the machines may
    differ. Of what ran more than once the worse outcome counts. The verdict is derived again from the whole.

    \b
    Exit status:
      0    certified
      1    not certified; a part that is missing is named in the table
      3    not certified, for known failures only
      2    the parts do not belong together, or are no certificates
    """
    from harness import certificate
    from harness.cli.terminal import console
    from harness.tables import render

    try:
        loaded = [certificate.load(part, partial=True) for part in parts]
        whole, overlap = certificate.merge(loaded, [str(part) for part in parts])
        certificate.save(whole, output)
    except (certificate.NotACertificate, certificate.NotTogether, certificate.CannotWrite) as error:
        raise Problem(str(error)) from error
    console().print(render(whole))
    if overlap:
        named = ", ".join(overlap[:_SHOWN])
        more = f" and {len(overlap) - _SHOWN} more" if len(overlap) > _SHOWN else ""
        click.echo(f"in more than one part: {named}{more}", err=True)
    if len(whole.header.machines) > 1:
        click.echo(f"from {len(whole.header.machines)} machines: its times are not to be compared", err=True)
    click.echo(f"wrote {output}", err=True)
    raise SystemExit(whole.status)
