"""The protocol as JSON Schema and as documentation, against a session that was really held."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from harness.engine import Capabilities
from harness.outcome import EngineOutcome, Number
from harness.registry import Choice, program
from harness.sandbox import host, protocol
from harness.sandbox.protocol import (
    Compile,
    Host,
    Instantiate,
    Invoke,
    Limits,
    ReadMemory,
    Set,
    Wasi,
    WriteMemory,
)
from harness.sandbox.schema import schema
from harness.sandbox.supervisor import LONGEST_REPLY, Worker

ROOT = Path(__file__).resolve().parents[2]
ENGINES = ROOT / "tests" / "engines"
DOCUMENT = (ROOT / "docs" / "protocol.md").read_text()
SCHEMA = schema()
TYPES = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": int | float,
    "boolean": bool,
    "null": type(None),
}


def valid(instance: Any, schema: dict[str, Any]) -> bool:
    """JSON Schema, as much of it as the protocol needs; a keyword beyond that is an error."""
    for keyword, argument in schema.items():
        match keyword:
            case "$ref":
                right = valid(instance, SCHEMA["$defs"][argument.removeprefix("#/$defs/")])
            case "anyOf":
                right = any(valid(instance, option) for option in argument)
            case "enum":
                right = instance in argument
            case "type":
                right = isinstance(instance, TYPES[argument]) and isinstance(instance, bool) == (
                    argument == "boolean"
                )
            case "properties":
                right = all(valid(instance[key], argument[key]) for key in argument.keys() & instance.keys())
            case "required":
                right = set(argument) <= set(instance)
            case "additionalProperties":
                assert argument is False
                right = set(instance) <= set(schema["properties"])
            case "items":
                right = all(valid(item, argument) for item in instance)
            case "prefixItems":
                right = all(valid(item, option) for item, option in zip(instance, argument, strict=False))
            case "minItems":
                right = len(instance) >= argument
            case "maxItems":
                right = len(instance) <= argument
            case "uniqueItems":
                right = len(instance) == len(set(instance))
            case "contentEncoding":
                assert argument == "base64"
                right = bool(base64.b64decode(instance, validate=True)) or instance == ""
            case "discriminator" | "title" | "description" | "default" | "$schema" | "$defs":
                continue
            case _:
                raise AssertionError(f"no check for {keyword!r}")
        if not right:
            return False
    return True


def direction(name: str) -> dict[str, Any]:
    return {"$ref": f"#/$defs/{name}"}


def test_a_recorded_session(tmp_path: Path) -> None:
    """Recorded outside of both: by tee, in the pipes."""
    words, environment = program(f"{ENGINES / 'honest.py'}:Honest")
    worker = " ".join(f"'{word}'" for word in words)
    path = f"PYTHONPATH='{environment['PYTHONPATH']}'"
    shell = tmp_path / "recorded.sh"
    shell.write_text(f"tee {tmp_path}/requests | env {path} {worker} | tee {tmp_path}/replies\n")
    module = (
        b"x: return i32:1\ng: global i64:1\nm: memory 9\ne: echo\nt: trap unreachable\nspin: spin\nbad: raise"
    )
    with Worker(Choice(f"exec:sh {shell}", interruptible=True, features=("mvp",))) as recorded:
        commands: tuple[protocol.Command, ...] = (
            Compile("bad", b"\xff"),
            Compile("bad", b"x: y"),
            Compile("m", module),
            Host("host", ("nop", "cancel")),
            Wasi("wasi", ("program", "x"), ("HOME=/",), b"text", 1),
            Instantiate("i", "m", Limits(timeout=10**10)),
            protocol.Register("i", "i"),
            Invoke("i", "x", limits=Limits()),
            Invoke("i", "e", (Number("externref", None), Number("i64", str((1 << 64) - 1)))),
            Invoke("i", "t"),
            Invoke("i", "bad"),
            protocol.Get("i", "g"),
            Set("i", "g", Number("i64", "5")),
            WriteMemory("i", "m", 0, b"text"),
            ReadMemory("i", "m"),
            Invoke("i", "spin", limits=Limits(timeout=0, cancelled=True)),
            Invoke("i", "spin", limits=Limits(timeout=1000)),
            protocol.Close("i"),
            protocol.Drop("m", "i", "i"),
        )
        assert len(list(recorded.run(commands, patience=30))) == len(commands)
        recorded.submit([]).cancel()
        recorded.close_instance("i")
    requests = [json.loads(line) for line in (tmp_path / "requests").read_text().splitlines()]
    replies = [json.loads(line) for line in (tmp_path / "replies").read_text().splitlines()]
    assert {request["say"] for request in requests} == {
        "hello",
        "script",
        "cancel",
        "close-instance",
        "shutdown",
    }
    assert len({command["do"] for command in requests[1]["commands"]}) == len(get_args(protocol.Command))
    assert {reply["say"] for reply in replies} == {"welcome", "started", "result"}
    for request in requests:
        assert valid(request, SCHEMA)
        assert valid(request, direction("Request"))
        assert not valid(request, direction("Reply"))
    for reply in replies:
        assert valid(reply, SCHEMA)
        assert valid(reply, direction("Reply"))
        assert not valid(reply, direction("Request"))


@pytest.mark.parametrize(
    "line",
    [
        '{"say":"goodbye"}',
        '{"say":"started","id":1,"index":0}',
        '{"say":"started","id":1,"index":0,"at":1,"more":0}',
        '{"say":"started","id":"1","index":0,"at":1}',
        '{"say":"started","id":1.5,"index":0,"at":1}',
        '{"say":"started","id":true,"index":0,"at":1}',
        '{"say":"result","id":1,"index":0,"outcome":{"is":"hung","after":1},"started":1,"ended":1}',
        '{"say":"result","id":1,"index":0,"outcome":{"is":"returned","values":[["i32"]]},"started":1,"ended":1}',
        '{"say":"result","id":1,"index":0,"outcome":{"is":"returned","values":[["i32",4]]},"started":1}',
        '{"say":"result","id":1,"index":0,"outcome":{"is":"trapped","kind":"bad"},"started":1,"ended":1}',
        '{"say":"welcome","engine":"x","engine_version":"1","capabilities":{"interrupts":"magic"}}',
        "[]",
        "null",
    ],
)
def test_schema_and_decoder_refuse_the_same(line: str) -> None:
    assert not valid(json.loads(line), direction("Reply"))
    with pytest.raises(msgspec.ValidationError):
        protocol.decode_reply.decode(line)


def rows() -> dict[str, str]:
    """The rows of the tables of messages, by the name in their first column."""
    messages, _, _ = DOCUMENT.partition("## Host functions")
    return {match[1]: match[0] for match in re.finditer(r"^\| `([^`]+)` \|.*$", messages, re.MULTILINE)}


@pytest.mark.parametrize(
    "struct",
    [
        struct
        for union in (protocol.Request, protocol.Reply, protocol.Command, EngineOutcome)
        for struct in get_args(union)
    ],
    ids=lambda struct: struct.__name__,
)
def test_the_documentation_names_every_field_and_default(struct: type[msgspec.Struct]) -> None:
    row = rows()[str(struct.__struct_config__.tag)]
    fields = msgspec.structs.fields(struct)
    assert re.findall(r"`(\w+)`", row.split("|")[2]) == [field.name for field in fields]
    for field in fields:
        if field.default is not msgspec.NODEFAULT and field.name != "limits":
            default = msgspec.json.encode(field.default).decode()
            assert f"`{field.name}` = {default}" in row


def test_the_documentation_names_the_rest() -> None:
    for function in host.FUNCTIONS.values():
        type = f"[{' '.join(function.params)}] -> [{' '.join(function.results)}]"
        assert f"| `{function.name}` | `{type}` |" in DOCUMENT
    for struct in (Limits, Capabilities):
        for field in msgspec.structs.fields(struct):
            assert f"`{field.name}` = " in DOCUMENT
    assert f"at most {LONGEST_REPLY >> 20} MiB" in DOCUMENT


def test_the_session_of_the_documentation_is_held() -> None:
    session = [(line[0], json.loads(line[2:])) for line in re.findall(r"^[<>] .*$", DOCUMENT, re.MULTILINE)]
    with subprocess.Popen(
        [sys.executable, ENGINES / "program.py"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as engine:
        assert engine.stdin is not None
        assert engine.stdout is not None
        for speaker, message in session:
            assert valid(message, direction("Request" if speaker == ">" else "Reply"))
            if speaker == ">":
                engine.stdin.write(json.dumps(message).encode() + b"\n")
                engine.stdin.flush()
                continue
            said = json.loads(engine.stdout.readline())
            assert said.keys() == message.keys()
            for key in said.keys() - {"started", "ended", "at", "done"}:
                assert said[key] == message[key]
        assert engine.wait() == 0
