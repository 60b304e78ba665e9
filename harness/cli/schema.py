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

    return _titled("Certificate of stopwat", certificate.schema())


def _protocol() -> dict[str, Any]:
    import msgspec

    from harness.sandbox import protocol

    (request, reply), components = msgspec.json.schema_components(
        [protocol.Request, protocol.Reply], ref_template="#/$defs/{name}"
    )
    either = {"anyOf": [{"$ref": "#/$defs/Request"}, {"$ref": "#/$defs/Reply"}]}
    definitions = {"Request": request, "Reply": reply, **components}
    return _titled("Protocol of stopwat: one message, a line of JSON", either | {"$defs": definitions})


def _titled(title: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title} | schema
