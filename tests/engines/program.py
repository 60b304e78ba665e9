"""An engine that is a program, in one file that knows nothing of the harness but the protocol.

``exec:python program.py`` is honest. ``exec:python program.py WRONG`` is wrong in one thing, named below.

A module is text: ``return TYPE:BITS``, ``trap KIND`` or ``spin``; its one export is ``run``.
"""

from __future__ import annotations

import base64
import json
import os
import sys
import threading
import time
from typing import Any

WRONG = sys.argv[1] if len(sys.argv) > 1 else ""
"""What is wrong when a module ``misbehave`` is run."""
BYTES = {
    "text": b"Segmentation fault (core dumped)\n",
    "number": b"42\n",
    "empty-line": b"\n",
    "not-utf-8": b'{"say":"result","id":1,"index":2,"outcome":{"is":"failed","message":"\xff"}}\n',
    "not-utf-8-key": b'{"\xff":1}\n',
    "unknown-message": b'{"say":"goodbye"}\n',
    "unknown-field": b'{"say":"started","id":1,"index":2,"at":1,"more":0}\n',
    "deep": b"[" * 100_000 + b"\n",
    "endless-line": b'{"say":' + b" " * (2 << 20),
    "supervisor-outcome": (
        b'{"say":"result","id":1,"index":2,"started":1,"ended":1,"outcome":{"is":"hung","after":1}}\n'
    ),
    "second-greeting": b'{"say":"unavailable","reason":"changed my mind"}\n',
}
EDITS: dict[str, dict[str, Any]] = {
    "other-index": {"index": 1},
    "later-index": {"index": 3},
    "other-script": {"id": 7},
    "before-sent": {"started": 1},
    "negative": {"ended": 0},
    "in-the-future": {"ended": 1 << 62},
    "done-in-the-future": {"done": 1 << 62},
    "float": {"ended": 1.5},
}

modules: dict[str, str] = {}
instances: dict[str, str] = {}
cancelled = threading.Event()
writing = threading.Lock()


def write(data: bytes) -> None:
    with writing:
        while data:
            data = data[os.write(1, data) :]


def say(**message: Any) -> None:
    write(json.dumps(message).encode() + b"\n")


def invoke(text: str, deadline: int | None) -> tuple[dict[str, Any], int | None]:
    """Outcome, and when the context was done."""
    word, _, rest = text.partition(" ")
    if word == "return":
        return {"is": "returned", "values": [rest.split(":")]}, None
    if word == "trap":
        return {"is": "trapped", "kind": rest}, None
    while not cancelled.wait(0.001):
        if deadline is not None and time.monotonic_ns() >= deadline:
            return {"is": "interrupted", "cause": "deadline"}, deadline
    return {"is": "interrupted", "cause": "cancelled"}, time.monotonic_ns()


def run(script: dict[str, Any]) -> None:
    received = time.monotonic_ns()
    for index, command in enumerate(script["commands"]):
        limits = command.get("limits")
        cancelled.clear()
        started = time.monotonic_ns()
        where = {"say": "result", "id": script["id"], "index": index}
        if limits is not None and WRONG != "unannounced":
            say(say="started", id=script["id"], index=index, at=started)
        outcome: dict[str, Any] = {"is": "returned"}
        done: int | None = None
        text = ""
        if command["do"] == "compile":
            modules[command["module"]] = base64.b64decode(command["binary"]).decode()
        elif command["do"] == "instantiate":
            instances[command["instance"]] = modules[command["module"]]
        elif command["do"] == "invoke":
            text = instances[command["instance"]]
            timeout = (limits or {}).get("timeout")
            if text != "misbehave":
                outcome, done = invoke(text, None if timeout is None else started + timeout)
        else:
            outcome = {"is": "unsupported", "message": command["do"]}
        result = {**where, "outcome": outcome, "started": started, "ended": time.monotonic_ns()}
        if done is not None:
            result["done"] = done
        if text == "misbehave":
            misbehave(result, received)
        say(**result)


def misbehave(result: dict[str, Any], received: int) -> None:
    if WRONG in BYTES:
        write(BYTES[WRONG])
    elif WRONG == "done-late":
        result["done"] = result["ended"]
    elif WRONG == "overlapping":
        result["started"] = received
    elif WRONG in EDITS:
        result.update(EDITS[WRONG])
    elif WRONG == "announces-for-nothing":
        say(say="started", id=result["id"], index=result["index"], at=result["started"])
    elif WRONG == "twice":
        say(**result)
    elif WRONG == "half-a-line":
        write(b'{"say":"result","id":1,')
        os._exit(0)
    elif WRONG == "closes-output":
        os.close(1)
        time.sleep(1000)
    elif WRONG == "closes-output-and-dies":
        os.close(1)
        time.sleep(0.1)
        os.write(2, b"the reason")
        os._exit(3)
    elif WRONG == "lines-without-end":
        while True:
            write(b'{"say":"started","id":1,"index":2,"at":1}\n' * 100)


def main() -> None:
    hello = json.loads(sys.stdin.readline())
    assert hello["say"] == "hello"
    if WRONG == "says-nothing":
        time.sleep(1000)
    if WRONG == "greets-with-garbage":
        write(b"starting up...\n")
    if WRONG == "other-version":
        say(say="welcome", engine="program", engine_version="0", capabilities={}, version=2)
        return
    if WRONG == "unavailable":
        say(say="unavailable", reason="the licence has expired")
        return
    if WRONG == "greets-twice":
        write(b'{"say":"welcome","engine":"program","engine_version":"0","capabilities":{}}\n' * 2)
        return
    say(say="welcome", engine="program", engine_version="0", capabilities={"interrupts": "polls"})
    for line in sys.stdin:
        request = json.loads(line)
        if request["say"] == "script":
            threading.Thread(target=run, args=(request,), daemon=True).start()
        elif request["say"] == "cancel":
            cancelled.set()
        elif request["say"] == "shutdown":
            if WRONG in ("closes-output-and-ends", "closes-output-and-hangs"):
                os.close(1)
                os.write(2, b"the end " * (1 << 15))
                time.sleep(1.5 if WRONG == "closes-output-and-ends" else 1000)
            return


main()
