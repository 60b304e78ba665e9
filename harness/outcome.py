"""What came of one command: as data, so that it can be compared, sent and stored.

The first group is what an engine answers; the second is what only the supervisor can say of it.
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from harness import engine
from harness.context import Cause
from harness.engine import TrapKind

_WIDTHS = {"i32": 32, "f32": 32, "i64": 64, "f64": 64, "v128": 128}
_LARGEST = 128
"""Bits of whatever else stands for a reference."""
_DIGITS = len(str(1 << _LARGEST))


class Number(msgspec.Struct, frozen=True, forbid_unknown_fields=True, array_like=True):
    """A `harness.engine.Value` on the wire: its bits in decimal (elsewhere JSON numbers are doubles).

    Raises ValueError, also while decoding, for what is no unsigned number of so many bits.
    """

    type: str
    bits: str | None

    def __post_init__(self) -> None:
        width = _WIDTHS.get(self.type)
        if self.bits is None:
            if width is not None:
                raise ValueError(f"{self.type}: a number is not null")
            return
        if len(self.bits) <= _DIGITS and self.bits.isdecimal():
            bits = int(self.bits)
            if not bits >> (width or _LARGEST) and str(bits) == self.bits:
                return
        raise ValueError(f"{self.type}: no such bits, unsigned and decimal: {self.bits[:_DIGITS]!r}")

    @classmethod
    def of(cls, value: engine.Value) -> Number:
        """From the engine interface."""
        return cls(value.type, None if value.bits is None else str(value.bits))

    def value(self) -> engine.Value:
        """To the engine interface."""
        return engine.Value(self.type, None if self.bits is None else int(self.bits))


class _Outcome(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="is"):
    pass


class Returned(_Outcome, tag="returned", frozen=True):
    """The command came to its end."""

    values: tuple[Number, ...] = ()


class Trapped(_Outcome, tag="trapped", frozen=True):
    """Execution trapped."""

    kind: TrapKind
    message: str = ""


class Exhausted(_Outcome, tag="exhausted", frozen=True):
    """The call stack was exhausted."""


class Uncaught(_Outcome, tag="uncaught", frozen=True):
    """A Wasm exception was not caught."""


class Interrupted(_Outcome, tag="interrupted", frozen=True):
    """Stopped from outside."""

    cause: Cause


class Exited(_Outcome, tag="exited", frozen=True):
    """The guest ended itself, as a program does."""

    status: int
    """0 of success, up to 32 bits of anything else."""


class Malformed(_Outcome, tag="malformed", frozen=True):
    """Not a module."""

    message: str = ""


class Invalid(_Outcome, tag="invalid", frozen=True):
    """Does not validate."""

    message: str = ""


class Unlinkable(_Outcome, tag="unlinkable", frozen=True):
    """Imports do not match."""

    message: str = ""


class Unsupported(_Outcome, tag="unsupported", frozen=True):
    """The engine declares that it does not offer this."""

    message: str = ""


class Failed(_Outcome, tag="failed", frozen=True):
    """The engine or its adapter broke: an error that is none of the above."""

    message: str = ""


EngineOutcome: TypeAlias = (
    Returned
    | Trapped
    | Exhausted
    | Uncaught
    | Interrupted
    | Exited
    | Malformed
    | Invalid
    | Unlinkable
    | Unsupported
    | Failed
)


class Hung(_Outcome, tag="hung", frozen=True):
    """It did not answer in time and was killed."""

    after: float
    """Seconds the supervisor waited."""


class Crashed(_Outcome, tag="crashed", frozen=True):
    """The process ended in the middle."""

    status: int
    """Exit status; a signal is its negative number, as in `subprocess`."""
    message: str = ""
    """The last of what it wrote to stderr."""


class Garbled(_Outcome, tag="garbled", frozen=True):
    """It answered what the protocol does not know, and was killed."""

    line: str
    message: str = ""


class NotRun(_Outcome, tag="not-run", frozen=True):
    """Nothing is known of it: what ran before it took the process away."""

    message: str = ""


Outcome: TypeAlias = EngineOutcome | Hung | Crashed | Garbled | NotRun


def of_exception(error: BaseException) -> EngineOutcome:
    """The outcome that an exception of the engine interface stands for."""
    match error:
        case engine.Trap():
            return Trapped(error.kind, str(error))
        case engine.Exhausted():
            return Exhausted()
        case engine.Uncaught():
            return Uncaught()
        case engine.Interrupted():
            return Interrupted(error.cause)
        case engine.Exited():
            return Exited(error.status)
        case engine.Malformed():
            return Malformed(str(error))
        case engine.Invalid():
            return Invalid(str(error))
        case engine.Unlinkable():
            return Unlinkable(str(error))
        case engine.Unsupported():
            return Unsupported(str(error))
        case _:
            return Failed(f"{type(error).__name__}: {error}")
