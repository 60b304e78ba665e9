"""From evidence to a verdict: a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from harness.context import Cause
from harness.engine import TrapKind
from harness.outcome import (
    Crashed,
    Exhausted,
    Failed,
    Garbled,
    Hung,
    Interrupted,
    Invalid,
    NotRun,
    Number,
    Returned,
    Trapped,
    Unsupported,
)
from harness.results import Verdict
from harness.sandbox.supervisor import Exit, Report
from harness.scenarios.expectation import parse
from harness.scenarios.judge import SLACK, START, Aftermath, Evidence, Judgement, due, judge, lateness, worst

if TYPE_CHECKING:
    from harness.outcome import Outcome
    from harness.results import Way

BOUND = 1000
ENDED = Exit(by_itself=True, status=0, seconds=0.1, message="")
RESTS = Aftermath(busy=0.0, ran=True, progress=None, exit=ENDED)
DEADLINE = Interrupted(Cause.DEADLINE)
TERMINATED = Evidence(DEADLINE, BOUND, RESTS)
"""Just in time."""
ONE, TWO = (Returned((Number("i64", str(bits)),)) for bits in (1, 2))


def after(**changes: Any) -> Evidence:
    return TERMINATED._replace(after=RESTS._replace(**changes))


@pytest.mark.parametrize(
    ("expected", "evidence", "verdict"),
    [
        ("interrupted", TERMINATED, Verdict.TERMINATED),
        ("interrupted", TERMINATED._replace(late=0), Verdict.TERMINATED),
        ("interrupted", TERMINATED._replace(late=BOUND + 1), Verdict.LATE_INTERRUPTED),
        ("interrupted", TERMINATED._replace(late=-1), Verdict.WRONG_OUTCOME),
        ("interrupted", TERMINATED._replace(late=None), Verdict.WRONG_OUTCOME),
        ("interrupted", TERMINATED._replace(outcome=Interrupted(Cause.CLOSED)), Verdict.WRONG_OUTCOME),
        ("interrupted", Evidence(Returned(), 0), Verdict.WRONG_OUTCOME),
        ("interrupted", Evidence(Trapped(TrapKind.UNREACHABLE), 0), Verdict.WRONG_OUTCOME),
        ("interrupted", Evidence(Exhausted(), 0), Verdict.WRONG_OUTCOME),
        ("interrupted", Evidence(Failed("KeyError"), 0), Verdict.WRONG_OUTCOME),
        ("interrupted", Evidence(Invalid(), None), Verdict.WRONG_OUTCOME),
        ("interrupted", Evidence(Hung(1.0), None), Verdict.HUNG),
        ("interrupted", Evidence(Crashed(-11), None), Verdict.CRASHED),
        ("interrupted", Evidence(Crashed(0), None), Verdict.CRASHED),
        ("interrupted", Evidence(Garbled("x"), None), Verdict.CRASHED),
        ("interrupted", Evidence(NotRun(), None), Verdict.NOT_RUN),
        ("interrupted", Evidence(Unsupported(), None), Verdict.WRONG_OUTCOME),
        ("interrupted", Evidence(Unsupported(), -5), Verdict.WRONG_OUTCOME),
        ("interrupted or returns", Evidence(Unsupported(), 5), Verdict.WRONG_OUTCOME),
        ("returns", Evidence(Unsupported(), -5), Verdict.WRONG_OUTCOME),
        ("runs-on", Evidence(Unsupported(), -5), Verdict.WRONG_OUTCOME),
        ("interrupted", after(busy=0.09), Verdict.TERMINATED),
        ("interrupted", after(busy=0.1), Verdict.LIED),
        ("interrupted", after(progress=(ONE, ONE)), Verdict.TERMINATED),
        ("interrupted", after(progress=(ONE, TWO)), Verdict.LIED),
        ("interrupted", after(ran=False), Verdict.WRONG_OUTCOME),
        ("interrupted", after(progress=(Failed("gone"), Failed("gone"))), Verdict.WRONG_OUTCOME),
        ("interrupted", after(exit=ENDED._replace(by_itself=False, status=-9)), Verdict.EXIT_HANG),
        ("interrupted", after(exit=ENDED._replace(status=1)), Verdict.CRASHED),
        ("interrupted", after(exit=None), Verdict.TERMINATED),
        ("interrupted", after(exit=None, busy=0.1), Verdict.LIED),
        ("interrupted", after(busy=1.0)._replace(late=BOUND + 1), Verdict.LIED),
        ("runs-on", Evidence(Hung(1.0), None), Verdict.RIGHT),
        ("runs-on", Evidence(Hung(1.0), None, began=False), Verdict.HUNG),
        ("runs-on", Evidence(Returned(), None), Verdict.WRONG_OUTCOME),
        ("runs-on", TERMINATED, Verdict.WRONG_OUTCOME),
        ("runs-on", Evidence(Crashed(-9), None), Verdict.CRASHED),
        ("runs-on or returns", Evidence(Returned(), None), Verdict.RIGHT),
        ("returns", Evidence(Returned(), -5), Verdict.RIGHT),
        ("returns", Evidence(ONE, -5), Verdict.WRONG_OUTCOME),
        ("returns", Evidence(Hung(1.0), None), Verdict.HUNG),
        ("returns", TERMINATED, Verdict.WRONG_OUTCOME),
        ("interrupted or returns", Evidence(Returned(), -5, RESTS), Verdict.RIGHT),
        ("interrupted or returns", Evidence(Returned(), BOUND, RESTS), Verdict.RIGHT),
        ("interrupted or returns", Evidence(Returned(), BOUND + 1, RESTS), Verdict.LATE_OK),
        ("interrupted or returns", TERMINATED, Verdict.TERMINATED),
        ("traps unreachable", Evidence(Trapped(TrapKind.UNREACHABLE, "at 0x21"), -5), Verdict.RIGHT),
        ("traps unreachable", Evidence(Trapped(TrapKind.NULL_REFERENCE), -5), Verdict.WRONG_OUTCOME),
        ("traps unreachable", TERMINATED, Verdict.WRONG_OUTCOME),
        ("exhausted", Evidence(Exhausted(), -5), Verdict.RIGHT),
        ("exhausted", Evidence(Trapped(TrapKind.UNREACHABLE), -5), Verdict.WRONG_OUTCOME),
    ],
)
def test_judge(expected: str, evidence: Evidence, verdict: Verdict) -> None:
    judgement = judge(parse(expected, ()), "deadline", evidence, BOUND)
    assert judgement.verdict is verdict
    assert bool(judgement.detail) or verdict.good or verdict is Verdict.NOT_RUN


@pytest.mark.parametrize(
    ("evidence", "latency"),
    [
        (TERMINATED, BOUND),
        (TERMINATED._replace(late=0), 0),
        (TERMINATED._replace(late=-1), None),
        (TERMINATED._replace(late=None), None),
        (Evidence(Returned(), BOUND), None),
    ],
)
def test_only_an_interruption_that_was_asked_for_has_a_latency(
    evidence: Evidence, latency: int | None
) -> None:
    assert evidence.latency == latency


@pytest.mark.parametrize(
    ("way", "cause", "verdict"),
    [
        ("deadline", Cause.DEADLINE, Verdict.TERMINATED),
        ("deadline", Cause.CANCELLED, Verdict.WRONG_OUTCOME),
        ("cancel", Cause.CANCELLED, Verdict.TERMINATED),
        ("cancel", Cause.DEADLINE, Verdict.WRONG_OUTCOME),
        ("close", Cause.CLOSED, Verdict.TERMINATED),
        ("close", Cause.CANCELLED, Verdict.WRONG_OUTCOME),
    ],
)
def test_the_cause_is_the_one_it_was_told(way: Way, cause: Cause, verdict: Verdict) -> None:
    evidence = TERMINATED._replace(outcome=Interrupted(cause))
    assert judge(parse("interrupted", ()), way, evidence, BOUND).verdict is verdict


def test_without_a_bound_nothing_is_late() -> None:
    evidence = TERMINATED._replace(late=10**12)
    assert judge(parse("interrupted", ()), "deadline", evidence, None).verdict is Verdict.TERMINATED


def test_the_worst_call_decides() -> None:
    calls: list[tuple[Judgement, Outcome]] = [
        (Judgement(Verdict.TERMINATED), DEADLINE),
        (Judgement(Verdict.LATE_INTERRUPTED, "late"), DEADLINE),
        (Judgement(Verdict.HUNG), Hung(1.0)),
        (Judgement(Verdict.WRONG_OUTCOME), ONE),
    ]
    assert worst(calls) == calls[2]
    assert worst(calls[:2]) == calls[1]


def test_every_verdict_has_its_severity() -> None:
    for verdict in Verdict:
        assert worst([(Judgement(verdict), DEADLINE)])[0].verdict is verdict


@pytest.mark.parametrize(
    ("started", "expected"),
    [
        (1000, 1500),
        (1000 + START, 1500 + START),
        (1001 + START, 1500 + START),
        (None, 1500),
    ],
)
def test_a_deadline_counts_from_when_the_command_began(started: int | None, expected: int) -> None:
    report = Report(0, DEADLINE, started, None, None, 10**9)
    assert due(report, 1000, 500) == expected


@pytest.mark.parametrize(
    ("ended", "received", "expected"),
    [
        (2000, 2000, 500),
        (2000, 2000 + SLACK, 500),
        (2000, 2001 + SLACK, 501 + SLACK),
        (1400, 1400, -100),
        (None, 5000, None),
    ],
)
def test_a_worker_is_believed_within_what_the_supervisor_saw(
    ended: int | None, received: int, expected: int | None
) -> None:
    assert lateness(Report(0, DEADLINE, 1000, ended, None, received), 1500) == expected
