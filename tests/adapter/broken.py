"""An adapter in one file: honest, or wrong in what it is told, which is the name of a check.

``exec:python broken.py`` keeps to the protocol, ``exec:python broken.py cancel`` does not heed cancels,
and so on. It cannot run WebAssembly: it knows the modules of the checks by what they contain.
"""

from __future__ import annotations

import base64
import json
import os
import re
import sys
import threading
import time
from typing import Any

WRONG = sys.argv[1] if len(sys.argv) > 1 else ""
FIELDS = {"cancel": {"id"}, "close-instance": {"instance"}, "shutdown": set(), "script": {"id", "commands"}}
COMMANDS = {
    "compile",
    "instantiate",
    "register",
    "host",
    "wasi",
    "invoke",
    "get",
    "set",
    "read-memory",
    "write-memory",
    "close",
    "drop",
}
FUNCTIONS = ("nop", "sleep", "sleep-deaf", "cancel", "reenter", "reenter-background", "swallow")
RETURNED = {"is": "returned"}
FOREVER = 1e6

modules: dict[str, bytes] = {}
instances: dict[str, Instance] = {}
provided: dict[str, Any] = {}
ever: set[str] = set()
"""Names that something was registered under at some time."""
contexts: dict[int, Context] = {}
early: set[int] = set()
"""Scripts of which a cancel came when there was nothing to cancel."""
running: list[int] = []
options: dict[str, Any] = {}
writing = threading.Lock()


class Context:
    def __init__(self, limits: dict[str, Any] | None, started: int) -> None:
        self.limits = limits
        self.cause = ""
        self.done: int | None = None
        self.changed = threading.Condition()
        timeout = (limits or {}).get("timeout")
        if WRONG == "timeout-zero" and timeout is not None and timeout <= 0:
            timeout = None
        self.deadline = None if timeout is None else started + timeout
        if WRONG == "timeout-far" and self.deadline is not None and self.deadline >= 1 << 62:
            self.deadline = started
        if limits and limits.get("cancelled") and WRONG != "cancelled-before":
            self.finish("cancelled")

    def finish(self, cause: str) -> None:
        with self.changed:
            if not self.cause:
                self.cause, self.done = cause, None if cause == "closed" else time.monotonic_ns()
            self.changed.notify_all()

    def wait(self, seconds: float) -> dict[str, Any] | None:
        """What it is interrupted by within that time, if by anything."""
        until = time.monotonic() + seconds
        soon = seconds == FOREVER
        with self.changed:
            while not self.cause and (left := until - time.monotonic()) > 0:
                if self.deadline is not None and not (WRONG == "deadline" and soon):
                    due = (self.deadline - time.monotonic_ns()) / 1e9
                    if due <= 0:
                        self.cause, self.done = "deadline", self.deadline
                    left = min(left, due)
                elif self.deadline is not None:
                    self.cause, self.done = "deadline", time.monotonic_ns()
                if not self.cause:
                    self.changed.wait(left)
        return {"is": "interrupted", "cause": self.cause} if self.cause else None


class Instance:
    def __init__(self, binary: bytes) -> None:
        self.binary = binary
        self.counter = "7"
        self.memory = bytearray(65536)
        self.closed = False
        self.calls: set[Context] = set()


class Ended(Exception):
    """A command has come to something else than its end."""

    def __init__(self, outcome: dict[str, Any]) -> None:
        self.outcome = outcome


def say(**message: Any) -> None:
    data = json.dumps(message).encode() + b"\n"
    with writing:
        while data:
            data = data[os.write(1, data) :]


def failed(message: str) -> Ended:
    return Ended({"is": "failed", "message": message if WRONG == "long-message" else message[:100]})


def returned(*values: tuple[str, object]) -> dict[str, Any]:
    return {"is": "returned", "values": [[kind, str(bits)] for kind, bits in values]}


def interrupt(context: Context, seconds: float) -> None:
    """Wait that long, or until the context is done."""
    if not options["interruptible"] and WRONG != "switched-off":
        time.sleep(seconds)
    elif outcome := context.wait(seconds):
        raise Ended(outcome)


def compile(command: dict[str, Any], _context: Context) -> dict[str, Any]:
    binary = base64.b64decode(command["binary"])
    if not binary.startswith(b"\0asm") or (WRONG == "base64" and "++++" in command["binary"]):
        raise Ended({"is": "invalid" if WRONG == "malformed" else "malformed"})
    if binary.endswith(b"\x0a\x04\x01\x02\x00\x0b") and b"answer" not in binary:
        raise Ended({"is": "malformed" if WRONG == "invalid" else "invalid"})
    modules[command["module"]] = binary
    return RETURNED


def instantiate(command: dict[str, Any], context: Context) -> dict[str, Any]:
    if command["module"] not in modules:
        raise failed("no such module")
    if command["instance"] in instances and WRONG == "names":
        raise failed("there is one of that name")
    binary = modules[command["module"]]
    names = {match.decode() for match in re.findall(rb"(?s)n\d+(?=.(?:seven|%b))" % functions(), binary)}
    for name in names - provided.keys():
        if WRONG != "unlinkable" or name in ever:
            raise Ended({"is": "unlinkable"})
    if b"\x08\x01\x00\x0a" in binary:  # a start function
        interrupt(context, FOREVER) if WRONG != "start-functions" else time.sleep(FOREVER)
    instances[command["instance"]] = Instance(binary)
    return RETURNED


def functions() -> bytes:
    return "|".join((*FUNCTIONS, "fd_write")).encode()


def register(command: dict[str, Any], _context: Context) -> dict[str, Any]:
    provided[command["name"]] = instances[command["instance"]]
    ever.add(command["name"])
    return RETURNED


def host(command: dict[str, Any], _context: Context) -> dict[str, Any]:
    if WRONG in ("no-host", "no-host-declared"):
        raise Ended({"is": "unsupported", "message": "functions of the host"})
    if WRONG != "host-unknown" and set(command["functions"]) - set(FUNCTIONS):
        raise failed("no such function")
    provided[command["name"]] = command["functions"]
    return RETURNED


def wasi(command: dict[str, Any], _context: Context) -> dict[str, Any]:
    provided[command["name"]] = None
    return RETURNED


def invoke(command: dict[str, Any], context: Context) -> dict[str, Any]:
    instance = find(command)
    if instance.closed:
        raise Ended({"is": "interrupted", "cause": "closed"})
    instance.calls.add(context)
    try:
        outcome = call(instance, command["export"], command.get("args", []), context)
    except Ended as ended:
        if ended.outcome["is"] == "interrupted" and WRONG != "afterwards":
            instance.closed = True
        raise
    finally:
        instance.calls.discard(context)
    return outcome


def call(instance: Instance, export: str, args: list[tuple[str, str]], context: Context) -> dict[str, Any]:
    match export:
        case "answer":
            interrupt(context, 0.0001)
            return returned(("i32", 42))
        case "spin":
            interrupt(context, FOREVER)
        case "trap":
            raise Ended({"is": "trapped", "kind": "integer overflow" if WRONG == "traps" else "unreachable"})
        case "same" if WRONG == "numbers" and args[-1][0] == "i64":
            return returned(("i64", int(float(args[-1][1]))))
        case "same" if WRONG == "floats" and args[-1][0] == "f64":
            return returned(("f64", 1.5))
        case "same":
            return returned(args[-1])
        case "run" if b"seven" in instance.binary:
            return returned(("i32", 7))
        case "run":
            call_host(instance, context)
            return returned(("i32", 42))
        case "_start":
            if WRONG == "wasi":
                return RETURNED
            say(say="wrote", id=running[-1], stream=1, data=base64.b64encode(b"hello").decode())
            raise Ended({"is": "exited", "status": 7})
    raise failed("no such export")


def call_host(instance: Instance, context: Context) -> None:
    match = re.search(
        rb"(?s)n\d+.(" + b"|".join(sorted(map(str.encode, FUNCTIONS), key=len)[::-1]) + rb")\0",
        instance.binary,
    )
    assert match is not None
    function = match[1].decode()
    milliseconds = next((n for n in (20, 150, 2050, 3_600_000) if leb(n) in instance.binary), 0)
    wrong = f"host-{function}" == WRONG
    match function:
        case "nop" if wrong:
            raise Ended({"is": "trapped", "kind": "unreachable"})
        case "sleep" if WRONG == "host-sleep-interrupted":
            time.sleep(milliseconds / 1000)
        case "sleep" if not wrong:
            interrupt(context, milliseconds / 1000)
        case "sleep-deaf":
            interrupt(context, milliseconds / 1000) if wrong else time.sleep(milliseconds / 1000)
        case "cancel":
            if not wrong:
                context.finish("cancelled")
            interrupt(context, FOREVER)
        case "reenter" | "reenter-background" | "swallow" if not wrong:
            if b"\x00\x0b" in instance.binary and instance.binary.count(b"\x03\x00\x00\x0b"):
                raise Ended({"is": "trapped", "kind": "unreachable"})


def leb(number: int) -> bytes:
    """``i32.const`` of it."""
    coded = b"\x41"
    while not -64 <= number < 64:
        coded += bytes([number & 0x7F | 0x80])
        number >>= 7
    return coded + bytes([number & 0x7F])


def get(command: dict[str, Any], _context: Context) -> dict[str, Any]:
    if command["export"] != "counter":
        raise failed("no such global")
    return returned(("i64", find(command).counter))


def set_(command: dict[str, Any], _context: Context) -> dict[str, Any]:
    if WRONG != "globals":
        find(command).counter = command["value"][1]
    return RETURNED


def read_memory(command: dict[str, Any], _context: Context) -> dict[str, Any]:
    import hashlib  # here, because it takes as long as all the others

    data = find(command).memory
    offset = command.get("offset", 0)
    end = offset + command["length"] if command.get("length") is not None else len(data)
    if end > len(data) and WRONG != "memory-bounds":
        raise failed("beyond the end")
    digest = hashlib.sha256(data[offset:end]).digest()
    halves = [("v128", int.from_bytes(half, "big")) for half in (digest[:16], digest[16:])]
    return returned(("i64", len(data)), *(halves[::-1] if WRONG == "memories" else halves))


def write_memory(command: dict[str, Any], _context: Context) -> dict[str, Any]:
    memory, data = find(command).memory, base64.b64decode(command["data"])
    if command["offset"] + len(data) > len(memory) and WRONG != "memory-bounds":
        raise failed("beyond the end")
    memory[command["offset"] : command["offset"] + len(data)] = data
    return RETURNED


def close(command: dict[str, Any], _context: Context) -> dict[str, Any]:
    if WRONG == "closing-nobody" and command["instance"] not in instances:
        return RETURNED
    find(command).closed = WRONG != "closing"
    return RETURNED


def drop(command: dict[str, Any], _context: Context) -> dict[str, Any]:
    if WRONG != "registering":
        provided.pop(command.get("registered", ""), None)
    if WRONG != "dropping":
        modules.pop(command.get("module", ""), None)
        instances.pop(command.get("instance", ""), None)
    return RETURNED


def find(command: dict[str, Any]) -> Instance:
    if command["instance"] not in instances:
        raise failed(f"no instance {command['instance']}")
    return instances[command["instance"]]


def run(script: dict[str, Any], before: int) -> None:
    limited = any(command.get("limits") is not None for command in script["commands"])
    while WRONG == "two-scripts" and before and running[0] != script["id"] and not limited:
        time.sleep(0.001)
    late = []
    for index, command in enumerate(script["commands"]):
        limits = command.get("limits")
        started = time.monotonic_ns()
        context = Context(limits, started)
        where = {"id": script["id"], "index": index + (WRONG == "results")}
        if limits is not None:
            contexts[script["id"]] = context
            if script["id"] in early and WRONG == "cancel-nothing":
                context.finish("cancelled")
            if WRONG != "announcing":
                say(say="started", **where, at=started)
        try:
            do = command["do"].replace("-", "_")
            outcome = globals()["set_" if do == "set" else do](command, context)
        except Ended as ended:
            outcome = ended.outcome
        except KeyError:
            outcome = RETURNED
        contexts.pop(script["id"], None)
        shift = time.time_ns() - time.monotonic_ns() if WRONG == "clock" and limits is None else 0
        result = {"outcome": outcome, "started": started + shift, "ended": time.monotonic_ns() + shift}
        if context.done is not None:
            result["done"] = context.done
        late.append({"say": "result", **where, **result})
        if command is script["commands"][-1]:
            running.remove(script["id"])  # before the last answer: what is asked next may come at once
        if WRONG != "flushing" or limited:
            say(**late.pop())
        if WRONG == "after-failure" and outcome["is"] == "failed" and do == "invoke":
            break
    for result in late:
        say(**result)


def heed(message: dict[str, Any]) -> None:
    kind = message.pop("say")
    if kind not in FIELDS:
        if (WRONG == "unknown-message" and kind != "hello") or (WRONG == "second-hello" and kind == "hello"):
            return
        sys.exit(f"unknown message {kind}")
    if set(message) - FIELDS[kind] and WRONG != "unknown-field":
        sys.exit("unknown field")
    match kind:
        case "script":
            unknown = [c["do"] for c in message["commands"] if c["do"] not in COMMANDS]
            if unknown and WRONG != "unknown-command":
                sys.exit(f"unknown command {unknown[0]}")
            before = len(running)
            running.append(message["id"])
            threading.Thread(target=run, args=(message, before), daemon=True).start()
        case "cancel":
            ids = list(contexts) if WRONG == "cancel-one" else [message["id"]]
            for id in ids:
                if id in contexts and WRONG != "cancel":
                    contexts[id].finish("cancelled")
                else:
                    early.add(id)
        case "close-instance" if message["instance"] in instances and WRONG != "close-instance":
            instance = instances[message["instance"]]
            instance.closed = True
            for context in list(instance.calls):
                context.finish("closed")
        case "shutdown":
            if WRONG == "shutdown" and not running:
                os._exit(3)
            while WRONG == "shutdown-running" and running:
                time.sleep(0.01)
            os._exit(0)


def lines() -> Any:
    """Messages, as they arrive."""
    partial = b""
    while chunk := os.read(0, 1 << 16):
        if WRONG == "pieces" and len(chunk) < 4096 and not chunk.endswith(b"\n"):
            continue
        if WRONG == "together" and chunk.count(b'"script"') >= 3:
            chunk = chunk[: chunk.index(b"\n") + 1]
        *whole, partial = (partial + chunk).split(b"\n")
        for line in whole:
            if WRONG == "long-line" and len(line) > 1 << 16:
                continue
            try:
                message = json.loads(line)
            except ValueError:
                if WRONG == "malformed-line":
                    continue
                sys.exit("not JSON")
            if WRONG == "text" and b"\\u" in line:
                message["commands"][0]["instance"] = "?"
            yield message


def main() -> None:
    messages = lines()
    hello = next(messages)
    if hello.get("version", 1) != 1 and WRONG != "other-version":
        sys.exit("unknown version")
    options.update(interruptible=hello.get("interruptible", False))
    features = {"mvp", "mutable-globals", *(["teleportation"] if WRONG == "features" else [])}
    if hello.get("features") is not None and WRONG != "narrowing":
        features &= set(hello["features"])
    sys.stderr.write("noise\n" * 20_000)
    say(
        say="welcome",
        engine="broken",
        engine_version="" if WRONG == "greeting" else "1",
        capabilities={
            "features": sorted(features),
            "interrupts": "polls",
            "covers": ["instantiate"],
            "imports": ["instances"] if WRONG == "no-host-declared" else ["host", "instances"],
        },
    )
    for message in messages:
        heed(message)
    while ("end-of-input" if options["interruptible"] else "end-of-input-running") == WRONG:
        time.sleep(0.01)
    os._exit(0)


main()
