"""``stopwat show``: a certificate as tables again, or as a picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.cli.problem import Problem

if TYPE_CHECKING:
    from harness.certificate import Certificate

_COLUMNS = 88
"""Of a picture."""


@click.command
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--svg", type=click.Path(path_type=Path, dir_okay=False), help="Draw a picture instead.")
def command(file: Path, svg: Path | None) -> None:
    """Show the certificate in FILE, also of a run that was cut short.

    Exit status 0 if it certifies the engine, 1 if not, 2 if it is no certificate.
    """
    from harness import certificate, files
    from harness.cli.terminal import console
    from harness.tables import render

    try:
        result = certificate.load(file, partial=True)
    except certificate.NotACertificate as error:
        raise Problem(str(error)) from error
    if svg is None:
        console().print(render(result))
    else:
        try:
            files.write(svg, _picture(result).encode())
        except OSError as error:
            raise Problem(f"cannot write {svg}: {error.strerror}") from error
    raise SystemExit(0 if result.footer.certified else 1)


def _picture(result: Certificate) -> str:
    import io
    import re

    from rich.console import Console

    from harness.tables import render

    screen = Console(record=True, width=_COLUMNS, file=io.StringIO(), force_terminal=True, highlight=False)
    screen.print(render(result))
    picture = screen.export_svg(title=f"stopwat certify {result.header.engine}", unique_id="stopwat")
    # whoever looks at it need not ask another server for a font
    return re.sub(r"@font-face \{.*?\}\s*", "", picture, flags=re.DOTALL)
