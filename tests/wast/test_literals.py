"""Literals, down to the last bit."""

from __future__ import annotations

import math
import struct
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.wast.literals import LiteralError, bits


def of_double(number: float) -> int:
    return int.from_bytes(struct.pack("<d", number), "little")


@pytest.mark.parametrize(
    ("type", "literal", "expected"),
    [
        ("i32", "0", 0),
        ("i32", "-1", 0xFFFFFFFF),
        ("i32", "4294967295", 0xFFFFFFFF),
        ("i32", "-0x8000_0000", 0x80000000),
        ("i32", "+0_1_2", 12),
        ("i8", "-128", 0x80),
        ("i8", "255", 0xFF),
        ("i64", "0xffff_ffff_ffff_ffff", (1 << 64) - 1),
        ("f32", "0", 0),
        ("f32", "-0", 0x80000000),
        ("f32", "-0x0.0p9", 0x80000000),
        ("f32", "1.5", 0x3FC00000),
        ("f32", "1_0.2_5e-1_0", 0x308CDFFB),
        ("f32", "inf", 0x7F800000),
        ("f32", "-inf", 0xFF800000),
        ("f32", "nan", 0x7FC00000),
        ("f32", "-nan:0x200000", 0xFFA00000),
        ("f32", "nan:0x7f_ffff", 0x7FFFFFFF),
        ("f64", "nan:0xf_ffff_ffff_ffff", 0x7FFFFFFFFFFFFFFF),
        ("f64", "-nan", 0xFFF8000000000000),
        ("f32", "0x1p-149", 1),
        ("f32", "0x1p-150", 0),
        ("f32", "0x1.000001p-150", 1),
        ("f32", "0x1.8p-149", 2),
        ("f32", "0x0.fffffe8p-126", 0x007FFFFF),
        ("f32", "0x0.ffffffp-126", 0x00800000),
        ("f32", "0x1.fffffep+127", 0x7F7FFFFF),
        ("f32", "0x1.fffffefffffff8000000p127", 0x7F7FFFFF),
        ("f32", "340282356779733661637539395458142568447.9", 0x7F7FFFFF),
        ("f64", "0x1.fffffffffffff7fffffp1023", 0x7FEFFFFFFFFFFFFF),
        ("f64", "4.9406564584124654e-324", 1),
        ("f64", "1e-999999999", 0),
        ("f64", "0e999999999", 0),
    ],
)
def test_literal(type: str, literal: str, expected: int) -> None:
    assert bits(type, literal) == expected


@pytest.mark.parametrize(
    ("literal", "expected"),
    [
        # Ties, and what a double cannot tell from them.
        ("1.00000017881393432617187499", 0x3F800001),
        ("1.00000017881393432617187500", 0x3F800002),
        ("1.00000017881393432617187501", 0x3F800002),
        ("1.00000005960464477539062499", 0x3F800000),
        ("1.000000059604644775390625", 0x3F800000),
        ("1.00000005960464477539062501", 0x3F800001),
        ("0x1.00000100000000001p0", 0x3F800001),
        ("0x1.000001p0", 0x3F800000),
    ],
)
def test_an_f32_is_rounded_once(literal: str, expected: int) -> None:
    assert bits("f32", literal) == expected


@pytest.mark.parametrize(
    ("type", "literal"),
    [
        ("i32", "4294967296"),
        ("i32", "-2147483649"),
        ("i8", "256"),
        ("i32", "1.0"),
        ("i32", "0x"),
        ("i32", "1__0"),
        ("i32", "_1"),
        ("i32", "1_"),
        ("i32", ""),
        ("f32", ".5"),
        ("f32", "0x.8"),
        ("f32", "1e"),
        ("f32", "1_.0"),
        ("f32", "nan:0x0"),
        ("f32", "nan:0x800000"),
        ("f32", "nan:1"),
        ("f32", "infinity"),
        ("f32", "0x1p128"),
        ("f32", "0x1.ffffffp127"),
        ("f32", "340282356779733661637539395458142568448"),
        ("f64", "1e309"),
        ("f64", "1e999999999"),
    ],
)
def test_no_literal(type: str, literal: str) -> None:
    with pytest.raises(LiteralError):
        bits(type, literal)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_doubles_come_back(number: float) -> None:
    assert bits("f64", repr(number)) == of_double(number)
    assert bits("f64", number.hex()) == of_double(number)


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_singles_come_back(number: float) -> None:
    single = int.from_bytes(struct.pack("<f", number), "little")
    assert bits("f32", repr(number)) == single
    assert bits("f32", number.hex()) == single


@given(st.integers(0, 0x7F7FFFFE), st.fractions(0, 1))
def test_singles_are_the_nearest(below: int, part: Fraction) -> None:
    """Between two neighbours the nearer is taken, and at the middle the even one."""
    low, high = (Fraction(*of_single(at).as_integer_ratio()) for at in (below, below + 1))
    value = low + (high - low) * part
    places = 200
    literal = f"{value.numerator * 10**places // value.denominator}e-{places}"
    written = Fraction(literal)
    middle = (low + high) / 2
    nearest = below if written < middle or (written == middle and below % 2 == 0) else below + 1
    assert bits("f32", literal) == nearest


def of_single(single: int) -> float:
    (number,) = struct.unpack("<f", single.to_bytes(4, "little"))
    assert math.isfinite(number)
    return float(number)
