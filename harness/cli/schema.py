"""``stopwat schema``: the documents and messages of stopwat as JSON Schema."""

from __future__ import annotations

from typing import Any

import click


@click.command
@click.argument("what", type=click.Choice(["certificate", "protocol"]))
def command(what: str) -> None:
    """Print a JSON Schema.

    \b
    certificate  what `stopwat certify` writes
    protocol     what a supervisor and an engine say to each other, a message a line
    """
    import json

    print(json.dumps(_certificate() if what == "certificate" else _protocol(), indent=2))


def _certificate() -> dict[str, Any]:
    from harness import certificate

    return certificate.schema()


def _protocol() -> dict[str, Any]:
    from harness.sandbox import schema

    return schema.schema()
