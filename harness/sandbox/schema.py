"""The protocol as JSON Schema, for engines in other languages."""

from __future__ import annotations

from typing import Any

import msgspec

from harness.sandbox import protocol


def schema() -> dict[str, Any]:
    """Draft 2020-12 of one line in either direction; each direction alone is under ``$defs``.

    ``#/$defs/Request`` is what the supervisor says, ``#/$defs/Reply`` what the worker says.
    """
    (request, reply), definitions = msgspec.json.schema_components(
        (protocol.Request, protocol.Reply), ref_template="#/$defs/{name}"
    )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Protocol of stopwat, version {protocol.VERSION}: one message, a line of JSON",
        "anyOf": [{"$ref": "#/$defs/Request"}, {"$ref": "#/$defs/Reply"}],
        "$defs": {"Request": request, "Reply": reply, **definitions},
    }
