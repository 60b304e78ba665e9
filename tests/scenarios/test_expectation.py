"""The words of an expectation."""

from __future__ import annotations

import struct

import pytest

from harness.context import Cause
from harness.engine import TrapKind
from harness.outcome import (
    Crashed,
    Exhausted,
    Failed,
    Hung,
    Interrupted,
    Number,
    Outcome,
    Returned,
    Trapped,
    Uncaught,
)
from harness.scenarios.expectation import numbers, parse

F64_1_5 = str(struct.unpack("<Q", struct.pack("<d", 1.5))[0])
OUTCOMES: tuple[Outcome, ...] = (
    Interrupted(Cause.DEADLINE),
    Hung(1.0),
    Exhausted(),
    Uncaught(),
    Returned(),
    Returned((Number("i32", "42"),)),
    Returned((Number("i64", "42"),)),
    Returned((Number("i32", "42"), Number("f64", F64_1_5))),
    Trapped(TrapKind.UNREACHABLE, "unreachable: at 0x21"),
    Trapped(TrapKind.MEMORY_BOUNDS),
    Failed(),
    Crashed(-11),
)


@pytest.mark.parametrize(
    ("text", "results", "allowed"),
    [
        ("interrupted", (), {0}),
        ("runs-on", (), {1}),
        ("exhausted", (), {2}),
        ("uncaught", (), {3}),
        ("returns", (), {4}),
        ("returns 42", ("i32",), {5}),
        ("returns 0x2a", ("i32",), {5}),
        ("returns 42", ("i64",), {6}),
        ("returns 43", ("i32",), set()),
        ("returns 42 1.5", ("i32", "f64"), {7}),
        ("traps unreachable", (), {8}),
        ("traps out of bounds memory access", (), {9}),
        ("runs-on or returns 42", ("i32",), {1, 5}),
        ("interrupted or exhausted or traps unreachable", (), {0, 2, 8}),
    ],
)
def test_what_is_allowed(text: str, results: tuple[str, ...], allowed: set[int]) -> None:
    expectation = parse(text, results)
    assert {index for index, outcome in enumerate(OUTCOMES) if expectation.allows(outcome)} == allowed
    assert expectation.text == text


@pytest.mark.parametrize(
    ("text", "finite"),
    [
        ("returns", True),
        ("traps unreachable or exhausted", True),
        ("interrupted or returns", False),
        ("runs-on", False),
    ],
)
def test_finite(text: str, finite: bool) -> None:
    assert parse(text, ()).finite is finite


@pytest.mark.parametrize(
    ("text", "results", "message"),
    [
        ("", (), "'' is no expectation; write interrupted, runs-on,"),
        ("interupted", (), "'interupted' is no expectation"),
        ("interrupted soon", (), "'interrupted soon' is no expectation"),
        ("interrupted or", (), "'interrupted or' is no expectation"),
        ("traps", (), "unknown trap ''"),
        ("traps out of bounds", (), "did you mean 'out of bounds"),
        ("traps nothing like it at all", (), "unknown trap"),
        ("returns 1", (), "1 values are given, the export has none"),
        ("returns", ("i32", "f32"), r"0 values are given, the export has 2 \(i32, f32\)"),
        ("returns 1.5", ("i32",), "'1.5' is no i32"),
        ("returns 4294967296", ("i32",), "4294967296 does not fit in i32"),
        ("returns -2147483649", ("i32",), "does not fit in i32"),
        ("returns x", ("f64",), "'x' is no f64"),
        ("returns 0.1", ("f32",), "'0.1' is not exactly an f32"),
        ("returns 1e39", ("f32",), "'1e39' is no f32"),
        ("returns 0", ("v128",), "no way to write a value of type v128"),
    ],
)
def test_wrong_expectations(text: str, results: tuple[str, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse(text, results)


def test_arguments_become_bits() -> None:
    values = numbers(
        [-1, 0x8000_0000, -1, 1.5, 2, float("inf"), float("nan")], ["i32"] * 2 + ["i64"] + ["f32"] * 4
    )
    assert [value.bits for value in values] == [
        str(bits)
        for bits in (
            0xFFFF_FFFF,
            0x8000_0000,
            (1 << 64) - 1,
            0x3FC0_0000,
            0x4000_0000,
            0x7F80_0000,
            0x7FC0_0000,
        )
    ]
    with pytest.raises(ValueError, match=r"1\.5 is no i32"):
        numbers([1.5], ["i32"])
