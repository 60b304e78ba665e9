"""Outcomes against expectations, one by one."""

from __future__ import annotations

import pytest

from harness.context import Cause
from harness.engine import TrapKind, Value
from harness.outcome import (
    Crashed,
    Exhausted,
    Failed,
    Garbled,
    Hung,
    Interrupted,
    Invalid,
    Malformed,
    NotRun,
    Number,
    Outcome,
    Returned,
    Trapped,
    Uncaught,
    Unlinkable,
    Unsupported,
)
from harness.wast import judge
from harness.wast.judge import describe, kinds
from harness.wast.patterns import Exactly, Null

OUTCOMES: tuple[Outcome, ...] = (
    Returned(),
    Returned((Number("i32", "1"),)),
    Trapped(TrapKind.UNREACHABLE),
    Trapped(TrapKind.UNINITIALIZED_ELEMENT),
    Exhausted(),
    Uncaught(),
    Malformed(),
    Invalid(),
    Unlinkable(),
    Unsupported(),
    Failed(),
    Interrupted(Cause.DEADLINE),
    Hung(1.0),
    Crashed(1),
    Garbled("x"),
    NotRun(),
)


@pytest.mark.parametrize(
    ("expectation", "met"),
    [
        (judge.Succeeds(), {0, 1}),
        (judge.Returns(()), {0}),
        (judge.Returns((Exactly(Value("i32", 1)),)), {1}),
        (judge.Returns((Exactly(Value("i32", 1)), Null())), set()),
        (judge.Traps("unreachable"), {2}),
        (judge.Traps("uninitialized element 7"), {3}),
        (judge.Exhausts(), {4}),
        (judge.Throws(), {5}),
        (judge.IsMalformed("no"), {6}),
        (judge.IsInvalid("no"), {7}),
        (judge.IsUnlinkable("no"), {8}),
    ],
    ids=str,
)
def test_only_this_will_do(expectation: judge.Expectation, met: set[int]) -> None:
    assert {index for index, outcome in enumerate(OUTCOMES) if expectation.met(outcome)} == met


@pytest.mark.parametrize("kind", TrapKind)
def test_a_trap_is_known_by_its_words_alone(kind: TrapKind) -> None:
    assert kinds(kind.value) == {kind}


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("uninitialized element 2", {TrapKind.UNINITIALIZED_ELEMENT}),
        ("uninitialized", {TrapKind.UNINITIALIZED_ELEMENT}),
        ("integer", {TrapKind.DIVIDE_BY_ZERO, TrapKind.INTEGER_OVERFLOW}),
        ("unreachable executed", set()),
        ("out of bounds memory", {TrapKind.MEMORY_BOUNDS}),
        ("", set()),
        ("2", set()),
    ],
)
def test_messages_are_beginnings(message: str, expected: set[TrapKind]) -> None:
    assert kinds(message) == expected


def test_descriptions() -> None:
    assert [describe(outcome) for outcome in OUTCOMES] == [
        "success",
        "returns i32 1 (0x1)",
        "traps: unreachable",
        "traps: uninitialized element",
        "exhausts the call stack",
        "throws",
        "malformed",
        "invalid",
        "unlinkable",
        "unsupported",
        "failed",
        "interrupted: deadline",
        "hung: no answer for 1 s",
        "crashed with status 1",
        "broke the protocol: : x",
        "not run",
    ]
    assert describe(Crashed(-9, "first\nsecond")) == "crashed with status -9: first"
    assert describe(Trapped(TrapKind.UNREACHABLE, "unreachable: at 3")) == "traps: unreachable: at 3"
