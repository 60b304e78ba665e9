"""An adapter of stopwat: an engine behind `harness.engine`, which the worker puts behind the protocol.

Replace what is in this file: the engine in it is a toy. It runs functions of constants, parameters,
`unreachable` and endless loops, and says of all else that it does not offer it.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from harness import engine
from harness.context import Cause
from harness.engine import Interrupted, Invalid, Malformed, Trap, TrapKind, Unsupported, Value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.context import Context


class Opcode(IntEnum):
    """The instructions that the toy knows."""

    UNREACHABLE = 0x00
    LOOP = 0x03
    END = 0x0B
    LOCAL_GET = 0x20
    I32_CONST = 0x41
    I64_CONST = 0x42


ENDLESS = b"\x40\x0c\0\x0b"
"""What follows `LOOP` in a loop that does nothing for ever: its type, a branch to itself, its end."""


class Instruction(NamedTuple):
    """One, with what follows it."""

    opcode: int
    local: int = 0
    value: Value | None = None
    """Of a constant."""


class MyEngine(engine.Engine):
    """The engine; a case of stopwat checks that its capabilities are true."""

    name = "my-engine"
    version = "0"
    capabilities = engine.Capabilities(
        features=frozenset({"mvp"}),
        interrupts="polls",
        after_interrupt="closed",
        covers=frozenset(),
        imports=frozenset(),
    )

    # If it needs a package that may be missing, import it in __init__ and raise harness.engine.Unavailable,
    # with the command that brings it.

    def compile(self, binary: bytes) -> Mapping[str, Sequence[Instruction]]:
        """Decode and validate; raises `Malformed` or `Invalid`."""
        if not binary.startswith(b"\0asm\1\0\0\0"):
            raise Malformed("no magic number, or another version")
        try:
            return _read(_Reader(binary[8:]))
        except IndexError:
            raise Malformed("unexpected end") from None

    def instantiate(
        self, module: Mapping[str, Sequence[Instruction]], imports: engine.Imports, context: Context
    ) -> MyInstance:
        """Link, and run active segments and the start function, all under `context`."""
        return MyInstance(self, module)


class MyInstance(engine.Instance):
    """An instance; several threads may use it at once."""

    def __init__(self, engine: MyEngine, exports: Mapping[str, Sequence[Instruction]]) -> None:
        self.engine = engine
        self.exports = exports
        self.cause: Cause | None = None
        """Why it is closed, if it is."""

    def invoke(self, name: str, args: Sequence[Value], context: Context) -> Sequence[Value]:
        """Call an exported function; raises `Trap`, `Interrupted` and so on."""
        body = self.exports[name]
        if self.cause is not None:
            raise Interrupted(self.cause)
        stack: list[Value] = []
        for opcode, local, value in body:
            if opcode == Opcode.UNREACHABLE:
                raise Trap(TrapKind.UNREACHABLE)
            if opcode == Opcode.LOOP:
                while True:
                    self.poll(context)
            stack.append(args[local] if value is None else value)
        return stack

    def poll(self, context: Context) -> None:
        """Stop if it is time to; after that the instance is closed."""
        if self.engine.interruptible:
            self.cause = self.cause or context.cause
            if self.cause is not None:
                raise Interrupted(self.cause)

    def get(self, name: str) -> NoReturn:
        """The value of an exported global."""
        raise Unsupported("globals")

    def set(self, name: str, value: Value) -> NoReturn:
        """Set an exported global."""
        raise Unsupported("globals")

    def memory(self, name: str) -> NoReturn:
        """An exported memory."""
        raise Unsupported("memories")

    def close(self) -> None:
        """Interrupt the calls that run in it; later ones are refused."""
        self.cause = self.cause or Cause.CLOSED


# From here on: how the toy reads modules.


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    @property
    def more(self) -> bool:
        return self.at < len(self.data)

    def take(self, count: int) -> bytes:
        self.at += count
        if self.at > len(self.data):
            raise IndexError
        return self.data[self.at - count : self.at]

    def byte(self) -> int:
        return self.take(1)[0]

    def u32(self) -> int:
        return self.leb(signed=False)

    def leb(self, *, signed: bool) -> int:
        number, shift = 0, 0
        while True:
            byte = self.byte()
            number |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return number - (1 << shift) if signed and byte & 0x40 else number


def _read(reader: _Reader) -> Mapping[str, Sequence[Instruction]]:
    results: list[int] = []  # how many, by type
    types: list[int] = []
    bodies: list[Sequence[Instruction]] = []
    exports: dict[str, int] = {}
    while reader.more:
        id, content = reader.byte(), _Reader(reader.take(reader.u32()))
        if id == 0:  # a custom section says nothing to us
            continue
        if id not in (1, 3, 7, 10):
            raise Unsupported(f"section {id}")
        for _ in range(content.u32()):
            if id == 1:
                content.byte()
                content.take(content.u32())
                results.append(len(content.take(content.u32())))
            elif id == 3:
                types.append(content.u32())
            elif id == 7:
                name = content.take(content.u32()).decode()
                if content.byte() != 0:
                    raise Unsupported("exports of other kinds than functions")
                exports[name] = content.u32()
            else:
                body = _Reader(content.take(content.u32()))
                bodies.append(_body(body, results[types[len(bodies)]]))
    return {name: bodies[index] for name, index in exports.items()}


def _body(reader: _Reader, results: int) -> Sequence[Instruction]:
    if reader.u32() != 0:
        raise Unsupported("locals")
    body: list[Instruction] = []
    height, reachable = 0, True
    while True:
        opcode = reader.byte()
        match opcode:
            case Opcode.END:
                break
            case Opcode.UNREACHABLE:
                reachable = False
                body.append(Instruction(opcode))
            case Opcode.LOOP:
                if reader.take(4) != ENDLESS:
                    raise Unsupported("loops that do more than go on")
                reachable = False
                body.append(Instruction(opcode))
            case Opcode.LOCAL_GET:
                height += 1
                body.append(Instruction(opcode, local=reader.u32()))
            case Opcode.I32_CONST | Opcode.I64_CONST:
                height += 1
                bits = 32 if opcode == Opcode.I32_CONST else 64
                number = reader.leb(signed=True) % (1 << bits)
                body.append(Instruction(opcode, value=Value(f"i{bits}", number)))
            case _:
                raise Unsupported(f"instruction {opcode:#x}")
    if reachable and height != results:
        raise Invalid(f"{height} values are left, not {results}")
    return body
