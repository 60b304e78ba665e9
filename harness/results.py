"""What a run finds out, one typed record a check; the certificate is made of these and nothing else."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Literal, TypeAlias

import msgspec

from harness.outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable


class Verdict(StrEnum):
    """How a scenario came out; kept apart everywhere, told by evidence."""

    TERMINATED = "terminated"
    """Interrupted, for the right cause, within the bound."""
    RIGHT = "right"
    """The right answer, if no interruption: the value, the trap, or, with cancellation off, still running."""
    LATE_OK = "late-ok"
    """Finished by itself, rightly, after the deadline."""
    LATE_INTERRUPTED = "late-interrupted"
    """Stopped, but over the bound."""
    WRONG_OUTCOME = "wrong-outcome"
    """Another trap, a wrong value, an interruption that was not asked for, a wrong cause."""
    UNSUPPORTED = "unsupported"
    """The engine declares that it does not offer this."""
    HUNG = "hung"
    """Killed from outside."""
    LIED = "lied"
    """Returned, while the processor burns on."""
    EXIT_HANG = "exit-hang"
    """Told to end, the process does not."""
    CRASHED = "crashed"
    """Ended by a signal or with an exit status of its own, or broke the protocol."""
    NOT_RUN = "not-run"
    """Nothing is known."""

    @property
    def good(self) -> bool:
        """Whether an engine with this verdict can be certified (`unsupported` is counted apart)."""
        return self in (Verdict.TERMINATED, Verdict.RIGHT)


Way: TypeAlias = Literal["deadline", "cancel", "close"]
"""How a call is told to stop."""

Reach: TypeAlias = Literal["host", "instance", "reentry"]
"""How a call comes to the code that must stop: from the host at once, through another instance, or from a
host function that a guest called."""


class _Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="result"):
    pass


class ScenarioResult(_Record, tag="scenario", frozen=True, kw_only=True):
    """One scenario, one way of stopping, cancellation on or off."""

    id: str
    group: str
    fixture: str
    """Path of the ``.wat`` under ``wat/``, or of the case under ``cases/``."""
    interruptible: bool
    way: Way
    reach: Reach = "host"
    expected: str
    """In the words of the fixture's header."""
    verdict: Verdict
    outcome: Outcome
    """Of the repetition that decided the verdict."""
    latencies: tuple[int, ...] = ()
    """Context due -> call returned, nanoseconds, a repetition each, in order."""
    bound: int | None = None
    """Nanoseconds a latency may have."""
    detail: str = ""
    """One line of evidence for a reader."""
    assembler: str = ""


class CommandFailure(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A command of a script that an engine got wrong."""

    line: int
    command: str
    """As in the script: ``assert_return``, ``module`` ..."""
    expected: str
    got: str


class Tally(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Counts of commands; passed + failed + not_run = applicable."""

    passed: int = 0
    failed: int = 0
    not_run: int = 0

    @classmethod
    def total(cls, tallies: Iterable[Tally]) -> Tally:
        """All of them together."""
        total = cls()
        for tally in tallies:
            total.passed += tally.passed
            total.failed += tally.failed
            total.not_run += tally.not_run
        return total


class SpecResult(_Record, tag="spec", frozen=True, kw_only=True):
    """One script of the official suite on one engine."""

    file: str
    """Path within the suite."""
    features: dict[str, Tally]
    """By the feature that a command needs (the youngest, where it needs several)."""
    not_applicable: dict[str, int]
    """Reason -> commands, such as ``simd: not offered`` or ``tests the text format``."""
    failures: tuple[CommandFailure, ...] = ()
    differs: tuple[CommandFailure, ...] | None = None
    """The commands, and what could be read after the last, that came out otherwise with cancellation off:
    `expected` is off, `got` on. None: that was not tried."""
    seconds: float = 0.0
    """Of the run that was judged."""
    interruptible: bool = False


class PairedResult(_Record, frozen=True, kw_only=True):
    """A ratio of two things measured in pairs in one run."""

    ratio: float
    """Median of the pairs' ratios."""
    low: float
    """Bounds of the 95 % interval of the ratio: the bootstrap's, wider by what so few pairs do not show."""
    high: float
    noise: str = ""
    """Why the machine was too noisy to believe the ratio, in one line; empty if it was not."""
    control: tuple[int, ...] = ()
    """Nanoseconds of processor time, a pair each: what the ratio is of, against itself."""
    processes: int = 1
    """Sets of fresh processes in which it was measured; the pairs divide evenly among them, in order."""


class OverheadResult(PairedResult, tag="overhead", frozen=True, kw_only=True):
    """One kernel, cancellation on against off: on / off."""

    kernel: str
    off: tuple[int, ...]
    """Nanoseconds of processor time, a pair each."""
    on: tuple[int, ...]


class CostResult(PairedResult, tag="cost", frozen=True, kw_only=True):
    """What it costs to make a module ready, cancellation on against off: on / off."""

    what: Literal["compile", "instantiate"]
    module: str
    size: int
    """Bytes of its binary format."""
    off: tuple[int, ...]
    """Nanoseconds of processor time, a pair each."""
    on: tuple[int, ...]


class SpeedResult(PairedResult, tag="speed", frozen=True, kw_only=True):
    """One kernel on the engine against a native build of the same kernel: engine / native."""

    kernel: str
    interruptible: bool
    native: tuple[int, ...]
    """Nanoseconds of processor time, a pair each."""
    engine: tuple[int, ...]
    toolchain: str
    """Who built the native one, with version and options."""


class FloorResult(_Record, tag="floor", frozen=True, kw_only=True):
    """What the harness itself adds to a latency: an engine that does nothing but return when it is told."""

    way: Way
    latencies: tuple[int, ...]
    """Nanoseconds, a repetition each."""


class Point(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One place on a curve: the middle of what was measured there, and its ends."""

    at: float
    low: float
    middle: float
    high: float
    noise: str = ""
    """Why this is no figure, in one line: too much noise, or a call that did not end; empty if it is one."""


Unit: TypeAlias = Literal["ns", "ratio", "bytes", "count"]


class CurveResult(_Record, tag="curve", frozen=True, kw_only=True):
    """How something grows with something else."""

    id: str
    """Such as ``latency-by-instances``; unique within a certificate, with `interruptible`."""
    about: str
    """One line for a reader."""
    axis: str
    """What `Point.at` is, with its unit in brackets if it has one: ``instances``, ``module [bytes]``."""
    measure: str
    """What is measured: ``latency``, ``on / off``, ``resident memory``, ``threads`` ..."""
    unit: Unit
    """Of `measure`."""
    interruptible: bool
    points: tuple[Point, ...]


Result: TypeAlias = (
    ScenarioResult | SpecResult | OverheadResult | CostResult | SpeedResult | FloorResult | CurveResult
)
