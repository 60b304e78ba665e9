"""A miniature engine for tests of the harness: honest, complete, and not WebAssembly.

A "module" is text, one export a line, ``name: behaviour arguments``::

    answer: return i32:42            start: spin
    crash: trap unreachable          echo: echo

- ``return TYPE:BITS ...``; ``echo`` returns its arguments
- ``trap KIND`` in the words of `harness.engine.TrapKind`; ``exhaust``; ``uncaught``
- ``spin`` runs until it is interrupted; ``sleep MILLISECONDS`` too, or until the time is over
- ``raise`` is an error that the engine interface does not know
- ``call MODULE NAME [TYPE:BITS ...]`` calls an import: a host function, or an export of a registered instance
- ``global TYPE:BITS`` is a global; ``memory BYTES`` a memory
- ``count`` adds one to the first byte of the memory named ``memory`` until it is interrupted

The export ``start`` runs when the module is instantiated. Text that is not UTF-8 or has a line without a
colon is malformed, an unknown behaviour invalid, a missing import unlinkable. Calls can be interrupted or
not, as chosen; after an interruption the instance is closed.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from harness.context import Cause
from harness.engine import (
    Capabilities,
    Engine,
    Exhausted,
    Instance,
    Interrupted,
    Invalid,
    Malformed,
    Memory,
    Trap,
    TrapKind,
    Uncaught,
    Unlinkable,
    Value,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from harness.context import Context
    from harness.engine import Imports

BEHAVIOURS = frozenset(
    [
        "return",
        "echo",
        "trap",
        "exhaust",
        "uncaught",
        "spin",
        "sleep",
        "raise",
        "call",
        "global",
        "memory",
        "count",
    ]
)


class Line(NamedTuple):
    """One export."""

    name: str
    behaviour: str
    words: tuple[str, ...]


def value(word: str) -> Value:
    """``i32:42`` -> the value; ``extern:null`` -> a null."""
    type, _, bits = word.partition(":")
    return Value(type, None if bits == "null" else int(bits))


class Bytes(Memory):
    """A memory that never grows."""

    def __init__(self, size: int) -> None:
        self.data = bytearray(size)

    def __len__(self) -> int:
        return len(self.data)

    def read(self, offset: int, length: int) -> bytes:
        if not 0 <= offset <= offset + length <= len(self.data):
            raise IndexError(offset)
        return bytes(self.data[offset : offset + length])

    def write(self, offset: int, data: bytes) -> None:
        if not 0 <= offset <= offset + len(data) <= len(self.data):
            raise IndexError(offset)
        self.data[offset : offset + len(data)] = data


class HonestInstance(Instance):
    """Does what the lines say."""

    def __init__(self, engine: Honest, lines: Sequence[Line], imports: Imports) -> None:
        self.engine = engine
        self.lines = {line.name: line for line in lines}
        self.imports = imports
        self.globals = {line.name: value(line.words[0]) for line in lines if line.behaviour == "global"}
        self.memories = {line.name: Bytes(int(line.words[0])) for line in lines if line.behaviour == "memory"}
        self.closed: Cause | None = None

    def invoke(self, name: str, args: Sequence[Value], context: Context) -> Sequence[Value]:
        line = self.lines[name]
        if line.behaviour in ("global", "memory"):
            raise KeyError(name)
        self.poll(context)
        return self.perform(line, args, context)

    def poll(self, context: Context) -> None:
        """What a running call does now and then."""
        if not self.engine.interruptible:
            return
        self.closed = self.closed or context.cause
        if self.closed is not None:
            raise Interrupted(self.closed)

    def perform(self, line: Line, args: Sequence[Value], context: Context) -> Sequence[Value]:
        """Run one line."""
        match line.behaviour:
            case "return":
                return [value(word) for word in line.words]
            case "echo":
                return list(args)
            case "trap":
                raise Trap(TrapKind(" ".join(line.words)))
            case "exhaust":
                raise Exhausted
            case "uncaught":
                raise Uncaught
            case "raise":
                raise ArithmeticError("a defect of the engine")
            case "call":
                return self.call(line.words, context)
            case "sleep":
                self.repeat(context, time.monotonic() + int(line.words[0]) / 1000, _nothing)
            case "spin":
                self.repeat(context, None, _nothing)
            case "count":
                self.repeat(context, None, self.count)
        return ()

    def repeat(self, context: Context, until: float | None, body: Callable[[], None]) -> None:
        """Go on until that time, or for ever."""
        while until is None or time.monotonic() < until:
            self.poll(context)
            body()
            time.sleep(0.0005)

    def count(self) -> None:
        data = self.memories["memory"].data
        data[0] = (data[0] + 1) % 256

    def call(self, words: Sequence[str], context: Context) -> Sequence[Value]:
        module, name, *rest = words
        target = self.imports[module]
        args = [value(word) for word in rest]
        if isinstance(target, Instance):
            results = target.invoke(name, args, context)
        else:
            results = target[name].call(args)
        if context.deadline is not None and context.deadline <= time.monotonic_ns():
            context.cancel()  # it is done for its deadline, also if the thread that says so is late
        self.poll(context)
        return results

    def get(self, name: str) -> Value:
        return self.globals[name]

    def set(self, name: str, value: Value) -> None:
        if name not in self.globals:
            raise KeyError(name)
        self.globals[name] = value

    def memory(self, name: str) -> Memory:
        return self.memories[name]

    def close(self) -> None:
        self.closed = self.closed or Cause.CLOSED


class Honest(Engine):
    """Right in everything; what is derived from it is wrong in one thing."""

    name = "honest"
    version = "1"
    capabilities = Capabilities(
        features=frozenset({"mvp", "multi-value"}), interrupts="polls", covers=frozenset({"instantiate"})
    )
    instance = HonestInstance

    def compile(self, binary: bytes) -> Sequence[Line]:
        try:
            text = binary.decode()
        except UnicodeDecodeError as error:
            raise Malformed(str(error)) from None
        return [self.line(line) for line in text.splitlines() if line.strip()]

    def line(self, text: str) -> Line:
        name, colon, rest = text.partition(":")
        if not colon:
            raise Malformed(f"no colon in {text!r}")
        behaviour, *words = rest.split() or [""]
        if behaviour not in BEHAVIOURS:
            raise Invalid(f"unknown behaviour {behaviour!r}")
        return Line(name.strip(), behaviour, tuple(words))

    def instantiate(self, module: Sequence[Line], imports: Imports, context: Context) -> Instance:
        for line in module:
            if line.behaviour == "call" and line.words[0] not in imports:
                raise Unlinkable(f"unknown import {line.words[0]!r}")
        instance = self.instance(self, module, dict(imports))
        if "start" in instance.lines:
            instance.invoke("start", (), context)
        return instance


def _nothing() -> None:
    pass
