"""From evidence to a verdict. Nothing here waits, asks or measures.

What a call answered is taken from the worker, but when it answered is believed only as far as the
supervisor's own clock allows, and what the process did afterwards comes from the operating system.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from harness import duration
from harness.context import Cause
from harness.outcome import Crashed, Failed, Garbled, Hung, Interrupted, NotRun, Returned, Unsupported
from harness.results import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.outcome import Outcome
    from harness.results import Way
    from harness.sandbox.supervisor import Exit, Report
    from harness.scenarios.expectation import Expectation

CAUSES: dict[Way, Cause] = {"deadline": Cause.DEADLINE, "cancel": Cause.CANCELLED, "close": Cause.CLOSED}
BUSY = 0.1
"""The share of one processor from which a process that has nothing to do is said to burn on."""
SLACK = 20_000_000
"""Nanoseconds that a worker's clock may be off what the supervisor saw; beyond that its own counts."""
START = 200_000_000
"""Nanoseconds that a command may take to begin, once it was sent; what it takes longer counts as late. So
much can be gained by saying late that it has begun: no more than calls may be late by default."""
_SEVERITY = (
    Verdict.CRASHED,
    Verdict.HUNG,
    Verdict.LIED,
    Verdict.EXIT_HANG,
    Verdict.WRONG_OUTCOME,
    Verdict.LATE_INTERRUPTED,
    Verdict.LATE_OK,
    Verdict.NOT_RUN,
    Verdict.UNSUPPORTED,
    Verdict.RIGHT,
    Verdict.TERMINATED,
)


class Aftermath(NamedTuple):
    """What the process did after its last call had returned."""

    busy: float
    """Processors in use while nothing was asked of it: 0 is at rest, 1 is one thread that computes."""
    ran: bool
    """Whether any of the calls made progress; true where nothing would show it."""
    progress: tuple[Outcome, Outcome] | None
    """What shows that the guest runs: right after the last call, and later; None if nothing does."""
    exit: Exit | None
    """How it ended when told to; None if it was not."""


class Evidence(NamedTuple):
    """What is known of one call."""

    outcome: Outcome
    late: int | None
    """Nanoseconds from when it was told to stop until it had returned; negative: it returned before. None: it
    never returned, or was never told."""
    after: Aftermath | None = None
    began: bool = True
    """Whether it is known to have begun; what never did does not run on."""

    @property
    def latency(self) -> int | None:
        """Nanoseconds that an interruption took; None of anything else, and of one that came too early."""
        late = self.late
        return late if isinstance(self.outcome, Interrupted) and late is not None and late >= 0 else None


class Judgement(NamedTuple):
    """A verdict and why."""

    verdict: Verdict
    detail: str = ""


def judge(expected: Expectation, way: Way, evidence: Evidence, bound: int | None) -> Judgement:
    """The verdict on one call.

    `way` is how it was told to stop; `bound` how many nanoseconds later it may return, None for any number.
    """
    outcome, late, after, began = evidence
    match outcome:
        case Unsupported():  # what is not declared is not asked for
            why = f"declares what this needs, and then: {outcome.message}"
            return Judgement(Verdict.WRONG_OUTCOME, why)
        case NotRun():
            return Judgement(Verdict.NOT_RUN, outcome.message)
        case Crashed():
            return Judgement(Verdict.CRASHED, f"the process ended: {_status(outcome.status)}")
        case Garbled():
            return Judgement(Verdict.CRASHED, f"it broke the protocol: {outcome.message}")
        case Hung() if not (began and expected.allows(outcome)):
            never = "" if began else "it never began: "
            return Judgement(Verdict.HUNG, f"{never}killed after {outcome.after:g} s")
        case Failed():
            return Judgement(Verdict.WRONG_OUTCOME, outcome.message)
    if not expected.allows(outcome):
        return Judgement(Verdict.WRONG_OUTCOME, f"expected: {expected.text}")
    if isinstance(outcome, Interrupted):
        if outcome.cause is not CAUSES[way]:
            return Judgement(
                Verdict.WRONG_OUTCOME, f"the cause was {CAUSES[way].value}, not {outcome.cause.value}"
            )
        if late is None or late < 0:
            early = f"{duration.show(-late)} before" if late is not None else "without"
            return Judgement(Verdict.WRONG_OUTCOME, f"interrupted {early} being told to stop")
    if after is not None:
        fault = _fault(after)
        if fault is not None:
            return fault
    if late is not None and bound is not None and late > bound:
        verdict = Verdict.LATE_INTERRUPTED if isinstance(outcome, Interrupted) else Verdict.LATE_OK
        return Judgement(verdict, f"{duration.show(late)} late, allowed are {duration.show(bound)}")
    return Judgement(Verdict.TERMINATED if isinstance(outcome, Interrupted) else Verdict.RIGHT)


def worst(judgements: Iterable[tuple[Judgement, Outcome]]) -> tuple[Judgement, Outcome]:
    """Of several calls of one scenario, the judgement that decides, and the outcome it was about."""
    return min(judgements, key=lambda pair: _SEVERITY.index(pair[0].verdict))


def due(report: Report, sent: int, timeout: int) -> int:
    """When the deadline of a command passed; `timeout` (ns) runs from when the worker began with it.

    `sent` is when the supervisor sent the command. When it began the worker says; to say that it was earlier
    is its own loss, later is believed as far as `START`.
    """
    began = sent if report.started is None else min(report.started, sent + START)
    return began + timeout


def lateness(report: Report, due: int) -> int | None:
    """Nanoseconds from `due` until the call returned, negative if it was before; None if it never did."""
    if report.ended is None:
        return None
    return (report.ended if report.received - report.ended <= SLACK else report.received) - due


def _fault(after: Aftermath) -> Judgement | None:
    if not after.ran:
        return Judgement(Verdict.WRONG_OUTCOME, "the guest never ran: it made no progress")
    if after.progress is not None:
        soon, later = after.progress
        if not isinstance(soon, Returned):
            return Judgement(
                Verdict.WRONG_OUTCOME, f"the progress of the guest cannot be read afterwards: {soon}"
            )
        if soon != later:
            return Judgement(Verdict.LIED, "returned, but the guest goes on: what it writes still changes")
    if after.busy >= BUSY:
        return Judgement(Verdict.LIED, f"returned, but burns on: {after.busy:.0%} of a processor")
    if after.exit is None:
        return None
    if not after.exit.by_itself:
        return Judgement(Verdict.EXIT_HANG, f"told to end, it was killed after {after.exit.seconds:.1f} s")
    if after.exit.status != 0:
        return Judgement(Verdict.CRASHED, f"told to end: {_status(after.exit.status)}")
    return None


def _status(status: int) -> str:
    return f"signal {-status}" if status < 0 else f"exit status {status}"
