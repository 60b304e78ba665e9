"""The interface every engine stands behind; the only thing the harness knows of engines.

An engine compiles binary modules, instantiates them and invokes their exports, under a context that may
interrupt it. As in wazero, whether calls can be interrupted is chosen when the engine is made; with the
choice off the context is not looked at. After an interruption the instance is `closed` or `reusable`, as the
capabilities say.

The terms are those of the WebAssembly specification, "Embedding" (appendix) and "Execution".
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

import msgspec

if TYPE_CHECKING:
    from harness.context import Cause, Context


class Value(NamedTuple):
    """A value as its bits, so that NaN payloads and lanes survive.

    `type` is ``i32 i64 f32 f64 v128``, or for a reference the kind of thing it points to: ``func extern
    i31 struct array exn``, or for a null any abstract heap type. `bits` is unsigned; for a reference it is
    None (null) or an identity: the number behind an ``extern``, the unsigned value of an ``i31``, and for the
    others a handle that the engine chose.
    """

    type: str
    bits: int | None


class TrapKind(StrEnum):
    """The traps of the standard, in the words of its test suite."""

    UNREACHABLE = "unreachable"
    DIVIDE_BY_ZERO = "integer divide by zero"
    INTEGER_OVERFLOW = "integer overflow"
    INVALID_CONVERSION = "invalid conversion to integer"
    MEMORY_BOUNDS = "out of bounds memory access"
    TABLE_BOUNDS = "out of bounds table access"
    ARRAY_BOUNDS = "out of bounds array access"
    UNDEFINED_ELEMENT = "undefined element"
    UNINITIALIZED_ELEMENT = "uninitialized element"
    INDIRECT_CALL_TYPE = "indirect call type mismatch"
    NULL_REFERENCE = "null reference"
    NULL_FUNCTION = "null function reference"
    NULL_STRUCTURE = "null structure reference"
    NULL_ARRAY = "null array reference"
    NULL_I31 = "null i31 reference"
    NULL_EXCEPTION = "null exception reference"
    CAST_FAILURE = "cast failure"
    UNALIGNED_ATOMIC = "unaligned atomic"
    EXPECTED_SHARED_MEMORY = "expected shared memory"
    ALLOCATION = "out of memory"


class EngineError(Exception):
    """The root of everything an engine may raise on purpose."""


class Unavailable(EngineError):
    """The engine cannot be had here; the message says what would bring it."""


class Unsupported(EngineError):
    """The engine does not offer this; an error wherever its capabilities say that it does."""


class Malformed(EngineError):
    """The binary is not a module (standard, "Binary Format")."""


class Invalid(EngineError):
    """The module does not validate (standard, "Validation")."""


class Unlinkable(EngineError):
    """The imports do not match the module's (standard, "Instantiation")."""


class Trap(EngineError):
    """Execution trapped."""

    def __init__(self, kind: TrapKind, detail: str = "") -> None:
        super().__init__(f"{kind.value}: {detail}" if detail else kind.value)
        self.kind = kind


class Exhausted(EngineError):
    """The call stack is exhausted."""


class Uncaught(EngineError):
    """A Wasm exception left the outermost call."""


class Interrupted(EngineError):
    """The call was stopped from outside, or its instance had been closed by an earlier interruption."""

    def __init__(self, cause: Cause) -> None:
        super().__init__(f"interrupted: {cause.value}")
        self.cause = cause


class Exited(EngineError):
    """The guest ended itself, by a function of the host."""

    def __init__(self, status: int) -> None:
        super().__init__(f"exited: {status}")
        self.status = status


class Capabilities(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an engine says of itself; a case checks that it is true."""

    features: frozenset[str] = frozenset()
    """Names of `harness.standard.features`."""
    interrupts: Literal["none", "polls", "signal", "fuel", "epoch", "terminate"] = "none"
    """How a running call is stopped; "none": it cannot be."""
    after_interrupt: Literal["closed", "reusable", "gone"] = "closed"
    """What an instance is then; of one that is "gone", not even its memory can be read."""
    covers: frozenset[Literal["compile", "instantiate", "host", "blocking"]] = frozenset()
    """What else the context reaches besides running code."""
    imports: frozenset[Literal["host", "instances"]] = frozenset({"host", "instances"})
    """What modules can import: functions of the host, exports of other instances."""
    plain: str = ""
    """The name, for `harness.registry`, of the same engine built as if it had no such option: what it is with
    the option off must be as fast. Empty: there is none."""


class HostFunction(NamedTuple):
    """A function of the host; `Trap`, `Interrupted`, `Uncaught` and `Exited` from `call` end the guest's."""

    params: Sequence[str]
    results: Sequence[str]
    call: Callable[[Sequence[Value]], Sequence[Value]]


class Memory(ABC):
    """An exported memory, seen from the host; live, so it sees later growth."""

    @abstractmethod
    def __len__(self) -> int:
        """Size in bytes."""

    @abstractmethod
    def read(self, offset: int, length: int) -> bytes:
        """Copy bytes out; raises IndexError beyond the end."""

    @abstractmethod
    def write(self, offset: int, data: bytes) -> None:
        """Copy bytes in; raises IndexError beyond the end."""


class Instance(ABC):
    """An instantiated module. Everything raises KeyError for an export that is missing or of another kind."""

    @abstractmethod
    def invoke(self, name: str, args: Sequence[Value], context: Context) -> Sequence[Value]:
        """Call an exported function.

        Raises `Trap`, `Exhausted`, `Uncaught`, and, from an interruptible engine, `Interrupted`.
        """

    @abstractmethod
    def get(self, name: str) -> Value:
        """The value of an exported global."""

    @abstractmethod
    def set(self, name: str, value: Value) -> None:
        """Set an exported mutable global."""

    @abstractmethod
    def memory(self, name: str) -> Memory:
        """An exported memory."""

    @abstractmethod
    def close(self) -> None:
        """Close the instance: calls that run in it are interrupted (if it can be), later ones refused."""


Imports: TypeAlias = Mapping[str, "Instance | Mapping[str, HostFunction]"]
"""Module name -> the instance that was registered under it, or functions of the host."""


class Engine(ABC):
    """One engine. Making it must be cheap and must raise `Unavailable` if it cannot work here."""

    name: str
    version: str
    capabilities: Capabilities

    def __init__(self, *, interruptible: bool = False, features: frozenset[str] | None = None) -> None:
        """`features` narrows what the engine accepts; None means all it has."""
        self.interruptible = interruptible
        if features is not None:
            self.capabilities = msgspec.structs.replace(
                self.capabilities, features=self.capabilities.features & features
            )

    @abstractmethod
    def compile(self, binary: bytes) -> Any:
        """Decode, validate and translate a module; what comes back is opaque to the harness.

        Raises `Malformed` or `Invalid`.
        """

    def compile_under(self, binary: bytes, context: Context) -> Any:
        """The same under `context`; of engines whose contexts reach so far (`covers`), also `Interrupted`."""
        return self.compile(binary)

    @abstractmethod
    def instantiate(self, module: Any, imports: Imports, context: Context) -> Instance:
        """Link, allocate, run active segments and the start function, all under `context`.

        Raises `Unlinkable`, `Trap`, `Exhausted`, `Uncaught`, `Interrupted`.
        """

    def close(self) -> None:  # noqa: B027  most engines hold nothing
        """Let go of everything; the engine is not used afterwards."""
