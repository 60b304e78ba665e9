"""What a command of a script asks for, and whether an outcome is that.

Strict: the kind of the trap, the class of the NaN, every bit of a value, malformed told from invalid. An
outcome that says an engine does not offer something is as wrong here as any other: what it does not offer, it
must not declare.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from harness.engine import TrapKind
from harness.outcome import (
    Crashed,
    Exhausted,
    Exited,
    Failed,
    Garbled,
    Hung,
    Interrupted,
    Invalid,
    Malformed,
    NotRun,
    Outcome,
    Returned,
    Trapped,
    Uncaught,
    Unlinkable,
    Unsupported,
)
from harness.wast.patterns import show

if TYPE_CHECKING:
    from harness.wast.patterns import Pattern


class Succeeds(NamedTuple):
    """It comes to its end, whatever it returns."""

    def met(self, outcome: Outcome) -> bool:
        """Whether the outcome is that."""
        return isinstance(outcome, Returned)

    def __str__(self) -> str:
        return "success"


class Returns(NamedTuple):
    """It returns as many values as there are patterns, and each fits."""

    patterns: tuple[Pattern, ...]

    def met(self, outcome: Outcome) -> bool:
        """Whether the outcome is that."""
        if not isinstance(outcome, Returned) or len(outcome.values) != len(self.patterns):
            return False
        return all(
            pattern.fits(number.value())
            for pattern, number in zip(self.patterns, outcome.values, strict=True)
        )

    def __str__(self) -> str:
        return f"returns {', '.join(map(str, self.patterns)) or 'nothing'}"


class Traps(NamedTuple):
    """It traps for the reason the message names."""

    message: str

    def met(self, outcome: Outcome) -> bool:
        """Whether the outcome is that."""
        return isinstance(outcome, Trapped) and outcome.kind in kinds(self.message)

    def __str__(self) -> str:
        return f"traps: {self.message}"


class Exhausts(NamedTuple):
    """It exhausts the call stack."""

    def met(self, outcome: Outcome) -> bool:
        """Whether the outcome is that."""
        return isinstance(outcome, Exhausted)

    def __str__(self) -> str:
        return "exhausts the call stack"


class Throws(NamedTuple):
    """It ends with an exception that nothing caught."""

    def met(self, outcome: Outcome) -> bool:
        """Whether the outcome is that."""
        return isinstance(outcome, Uncaught)

    def __str__(self) -> str:
        return "throws"


class IsMalformed(NamedTuple):
    """The module cannot be decoded."""

    message: str

    def met(self, outcome: Outcome) -> bool:
        """Whether the outcome is that."""
        return isinstance(outcome, Malformed)

    def __str__(self) -> str:
        return f"malformed: {self.message}"


class IsInvalid(NamedTuple):
    """The module can be decoded and does not validate."""

    message: str

    def met(self, outcome: Outcome) -> bool:
        """Whether the outcome is that."""
        return isinstance(outcome, Invalid)

    def __str__(self) -> str:
        return f"invalid: {self.message}"


class IsUnlinkable(NamedTuple):
    """The module is valid and cannot be linked."""

    message: str

    def met(self, outcome: Outcome) -> bool:
        """Whether the outcome is that."""
        return isinstance(outcome, Unlinkable)

    def __str__(self) -> str:
        return f"unlinkable: {self.message}"


Expectation: TypeAlias = (
    Succeeds | Returns | Traps | Exhausts | Throws | IsMalformed | IsInvalid | IsUnlinkable
)


def kinds(message: str) -> frozenset[TrapKind]:
    """The traps that a message of the suite means: those whose own words begin with it.

    The suite's "uninitialized element 2" names the index as well, which our words do not.
    """
    words = re.sub(r" \d+$", "", message)
    return frozenset(kind for kind in TrapKind if words and kind.value.startswith(words))


def describe(outcome: Outcome) -> str:
    """An outcome in one line."""
    match outcome:
        case Returned():
            values = ", ".join(show(number.value()) for number in outcome.values)
            return f"returns {values}" if values else "success"
        case Trapped():
            return f"traps: {outcome.message or outcome.kind.value}"
        case Exhausted():
            return "exhausts the call stack"
        case Uncaught():
            return "throws"
        case Interrupted():
            return f"interrupted: {outcome.cause.value}"
        case Exited():
            return f"exits with status {outcome.status}"
        case Malformed() | Invalid() | Unlinkable() | Unsupported() | Failed():
            return _line(type(outcome).__name__.lower(), outcome.message)
        case Hung():
            return f"hung: no answer for {outcome.after:g} s"
        case Crashed():
            return _line(f"crashed with status {outcome.status}", outcome.message)
        case Garbled():
            return _line("broke the protocol", f"{outcome.message}: {outcome.line}")
        case NotRun():
            return _line("not run", outcome.message)


def _line(what: str, message: str) -> str:
    first = message.strip().partition("\n")[0]
    return f"{what}: {first}" if first else what
