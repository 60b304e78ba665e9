"""What a supervisor and a worker say to each other: JSON, one message a line, on stdin and stdout.

An engine in any language is a program that speaks this; `stopwat schema protocol` prints it as JSON Schema.

The supervisor opens with `Hello`, the worker answers `Welcome` (or `Unavailable` and ends); a worker that
builds its engine first says so, by `Building`. Then the
supervisor sends scripts; a worker runs the commands of a script in order, each script on a thread of its own,
and answers with one `Result` a command as soon as it has it. Names of modules and instances are shared by all
scripts. `Cancel` and `CloseInstance` arrive while a script runs and must be heeded at once. The worker ends
when told `Shutdown` or when its stdin ends.

All times are CLOCK_MONOTONIC nanoseconds. Binary data is base64.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from harness.engine import Capabilities
from harness.outcome import EngineOutcome, Number

VERSION = 1


class _Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="say", omit_defaults=True):
    pass


class _Command(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="do", omit_defaults=True):
    pass


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The context a command runs under; without limits it is the background, which is never done."""

    timeout: int | None = None
    """Nanoseconds from the start of the command; zero and less: the deadline has passed already."""
    cancelled: bool = False
    """The context has been cancelled before the command starts."""


class Compile(_Command, tag="compile", frozen=True):
    """Decode, validate, translate; the result is kept under the name `module`."""

    module: str
    binary: bytes
    limits: Limits | None = None


class Instantiate(_Command, tag="instantiate", frozen=True):
    """Instantiate a compiled module against everything registered; kept under the name `instance`."""

    instance: str
    module: str
    limits: Limits | None = None


class Register(_Command, tag="register", frozen=True):
    """Let later instantiations import the exports of `instance` from the module name `name`."""

    name: str
    instance: str


class Host(_Command, tag="host", frozen=True):
    """Let later instantiations import the host functions listed in `harness.sandbox.host` from `name`."""

    name: str
    functions: tuple[str, ...]


class Wasi(_Command, tag="wasi", frozen=True):
    """Let later instantiations import what `harness.sandbox.wasi` has of WASI preview 1 from `name`.

    All that import it share what is given here. What a guest writes is told by `Wrote`.
    """

    name: str
    args: tuple[str, ...] = ()
    """The first is the name of the program."""
    env: tuple[str, ...] = ()
    """Each a name, ``=`` and a value."""
    stdin: bytes = b""
    seed: int | None = None
    """Of the random bytes; None: they differ every time."""


class Invoke(_Command, tag="invoke", frozen=True):
    """Call an exported function."""

    instance: str
    export: str
    args: tuple[Number, ...] = ()
    limits: Limits | None = None


class Get(_Command, tag="get", frozen=True):
    """Read an exported global."""

    instance: str
    export: str


class Set(_Command, tag="set", frozen=True):
    """Write an exported global."""

    instance: str
    export: str
    value: Number


class ReadMemory(_Command, tag="read-memory", frozen=True):
    """Read an exported memory; answers its size in bytes and the SHA-256 of the given range.

    `length` None means to the end. The values are ``[i64 size, v128 high half, v128 low half of digest]``.
    """

    instance: str
    export: str
    offset: int = 0
    length: int | None = None


class WriteMemory(_Command, tag="write-memory", frozen=True):
    """Write into an exported memory."""

    instance: str
    export: str
    offset: int
    data: bytes


class Close(_Command, tag="close", frozen=True):
    """Close an instance."""

    instance: str


class Drop(_Command, tag="drop", frozen=True):
    """Forget a module, an instance, and what is registered for import, so that their memory can go."""

    module: str | None = None
    instance: str | None = None
    registered: str | None = None
    """The name it is imported from."""


Command: TypeAlias = (
    Compile
    | Instantiate
    | Register
    | Host
    | Wasi
    | Invoke
    | Get
    | Set
    | ReadMemory
    | WriteMemory
    | Close
    | Drop
)


class Hello(_Message, tag="hello", frozen=True):
    """The first message; says what engine is wanted."""

    version: int = VERSION
    interruptible: bool = False
    features: tuple[str, ...] | None = None
    """Narrow what the engine accepts; None: everything it has."""


class Script(_Message, tag="script", frozen=True):
    """Commands to run in order; a command that fails does not keep the next from running."""

    id: int
    commands: tuple[Command, ...]


class Cancel(_Message, tag="cancel", frozen=True):
    """Cancel the context of the command that script `id` is running now."""

    id: int


class CloseInstance(_Message, tag="close-instance", frozen=True):
    """Close an instance at once, beside whatever runs."""

    instance: str


class Shutdown(_Message, tag="shutdown", frozen=True):
    """Release everything and exit with status 0."""


Request: TypeAlias = Hello | Script | Cancel | CloseInstance | Shutdown


class Welcome(_Message, tag="welcome", frozen=True):
    """What the worker is."""

    engine: str
    engine_version: str
    capabilities: Capabilities
    version: int = VERSION


class Building(_Message, tag="building", frozen=True):
    """The engine is being built before it can answer, which may take minutes."""

    what: str
    """What does it, in a few words."""


class Unavailable(_Message, tag="unavailable", frozen=True):
    """The engine cannot be had here."""

    reason: str


class Started(_Message, tag="started", frozen=True):
    """A command with limits begins now; commands without limits do not announce themselves."""

    id: int
    index: int
    at: int


class Wrote(_Message, tag="wrote", frozen=True):
    """A guest wrote to its standard output, `stream` 1, or standard error, 2, in a command of script `id`."""

    id: int
    stream: Literal[1, 2]
    data: bytes


class Result(_Message, tag="result", frozen=True):
    """What came of command `index` of script `id`."""

    id: int
    index: int
    outcome: EngineOutcome
    started: int
    ended: int
    done: int | None = None
    """When the command's context became due (the deadline, or the moment of the cancel), if it did."""


Reply: TypeAlias = Welcome | Building | Unavailable | Started | Wrote | Result

encode = msgspec.json.Encoder().encode
decode_request: msgspec.json.Decoder[Request] = msgspec.json.Decoder(Request)
decode_reply: msgspec.json.Decoder[Reply] = msgspec.json.Decoder(Reply)
