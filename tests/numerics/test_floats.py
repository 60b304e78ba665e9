"""Floating-point instructions against exact fractions, rounded once by integer arithmetic alone."""

from __future__ import annotations

import itertools
import math
import operator
from fractions import Fraction
from math import inf
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.engine import TrapKind
from harness.generate import values
from harness.generate.values import SIGNIFICAND

if TYPE_CHECKING:
    from collections.abc import Callable

Number: TypeAlias = "Fraction | float"
"""A finite number, or an infinity."""


def exponent_bits(n: int) -> int:
    return n - SIGNIFICAND[n] - 1


def infinity(n: int) -> int:
    return (1 << exponent_bits(n)) - 1 << SIGNIFICAND[n]


def is_nan(bits: int, n: int) -> bool:
    return bits & ~(1 << n - 1) > infinity(n)


def is_canonical(bits: int, n: int) -> bool:
    return bits & ~(1 << n - 1) == infinity(n) | 1 << SIGNIFICAND[n] - 1


def is_arithmetic(bits: int, n: int) -> bool:
    return is_nan(bits, n) and bits >> SIGNIFICAND[n] - 1 & 1 == 1


def decode(bits: int, n: int) -> Number:
    """The number that bits stand for, if they are not a NaN; a zero loses its sign."""
    m, sign = SIGNIFICAND[n], -1 if bits >> n - 1 else 1
    exponent, significand = bits >> m & (1 << exponent_bits(n)) - 1, bits & (1 << m) - 1
    if bits & ~(1 << n - 1) == infinity(n):
        return sign * inf
    bias = (1 << exponent_bits(n) - 1) - 1
    if exponent == 0:
        return Fraction(2) ** (1 - bias - m) * significand * sign
    return Fraction(2) ** (exponent - bias - m) * (significand + (1 << m)) * sign


def encode(number: Number, n: int, negative: bool) -> int:
    """The bits of the nearest number of the format, ties to even; `negative` is the sign of a zero."""
    m, bias = SIGNIFICAND[n], (1 << exponent_bits(n) - 1) - 1
    if not number:
        return negative << n - 1
    sign = (number < 0) << n - 1
    if isinstance(number, float):
        return sign | infinity(n)
    exponent = number.numerator.bit_length() - number.denominator.bit_length()
    if Fraction(2) ** exponent > abs(number):
        exponent -= 1
    exponent = max(exponent, 1 - bias)
    significand = round(abs(number) / Fraction(2) ** (exponent - m))
    # a significand that was rounded up to the next power of two carries into the exponent
    return sign | min((exponent + bias - 1 << m) + significand, infinity(n))


def encode_root(number: Fraction, n: int) -> int:
    """The bits of the square root, cut off after so many digits that what is cut off can only break a tie."""
    scaled = number * 4**1200
    root = math.isqrt(int(scaled))
    rest = 0 if root * root == scaled else Fraction(1, 2)
    return encode((root + rest) / Fraction(2**1200), n, False)


def arithmetic(name: str, n: int, a: int, b: int) -> int | None:
    """The bits of ``name a b`` for operands that are not NaN; None where the result is one."""
    x, y = decode(a, n), decode(b, n)
    negative_a, negative_b = bool(a >> n - 1), bool(b >> n - 1)
    opposite = negative_a != negative_b
    infinite_x, infinite_y = isinstance(x, float), isinstance(y, float)
    match name:
        case "add" if not (infinite_x and infinite_y and opposite):
            return encode(x + y, n, negative_a and negative_b)
        case "sub" if not (infinite_x and infinite_y and not opposite):
            return encode(x - y, n, negative_a and not negative_b)
        case "mul" if not ((infinite_x and not y) or (infinite_y and not x)):
            if infinite_x or infinite_y:
                return encode(-inf if opposite else inf, n, opposite)
            return encode(x * y, n, opposite)
        case "div" if not ((infinite_x and infinite_y) or not (x or y)):
            if infinite_x or not y:
                return encode(-inf if opposite else inf, n, opposite)
            return encode(Fraction(0) if infinite_y else Fraction(x) / Fraction(y), n, opposite)
        case "min":
            return min((x, not negative_a, a), (y, not negative_b, b))[2]
        case "max":
            return max((x, not negative_a, a), (y, not negative_b, b))[2]
    return None


def rounding(name: str, n: int, a: int) -> int | None:
    """The bits of ``name a`` for an operand that is not NaN; None where the result is one."""
    x, negative = decode(a, n), bool(a >> n - 1)
    if name == "sqrt":
        if x < 0:
            return None
        return encode_root(x, n) if x and isinstance(x, Fraction) else a
    if isinstance(x, float):
        return a
    functions: dict[str, Callable[[Fraction], int]] = {
        "ceil": lambda x: -(-x.numerator // x.denominator),
        "floor": lambda x: x.numerator // x.denominator,
        "trunc": lambda x: x.numerator // x.denominator if x > 0 else -(-x.numerator // x.denominator),
        "nearest": lambda x: min(
            (x.numerator // x.denominator, x.numerator // x.denominator + 1),
            key=lambda i: (abs(x - i), i % 2),
        ),
    }
    return encode(Fraction(functions[name](x)), n, negative)


def check(result: int, expected: int | None, n: int, nans: list[int]) -> None:
    """Against the bits, or, if there are none, against the class of NaN that the operands allow."""
    if expected is not None:
        assert result == expected, f"{result:#x} is not {expected:#x}"
    elif all(is_canonical(nan, n) for nan in nans):
        assert is_canonical(result, n), f"{result:#x} is not a canonical NaN"
    else:
        assert is_arithmetic(result, n), f"{result:#x} is not an arithmetic NaN"


BINARY = ["add", "sub", "mul", "div", "min", "max", "copysign", "eq", "ne", "lt", "gt", "le", "ge"]
UNARY = ["ceil", "floor", "trunc", "nearest", "sqrt", "abs", "neg"]


def check_binary(calculate: Callable[..., Any], name: str, n: int, a: int, b: int) -> None:
    (result,) = calculate(f"f{n}.{name}", a, b)
    nans = [bits for bits in (a, b) if is_nan(bits, n)]
    if name == "copysign":
        top = 1 << n - 1
        assert result == a & ~top | b & top
    elif name in ("eq", "ne", "lt", "gt", "le", "ge"):
        relation = getattr(operator, name)
        assert result == (name == "ne" if nans else relation(decode(a, n), decode(b, n)))
    else:
        check(result, None if nans else arithmetic(name, n, a, b), n, nans)


def check_unary(calculate: Callable[..., Any], name: str, n: int, a: int) -> None:
    (result,) = calculate(f"f{n}.{name}", a)
    top = 1 << n - 1
    if name in ("abs", "neg"):
        assert result == (a & ~top if name == "abs" else a ^ top)
    else:
        nans = [a] if is_nan(a, n) else []
        check(result, None if nans else rounding(name, n, a), n, nans)


@pytest.mark.parametrize("n", [32, 64])
@pytest.mark.parametrize("name", BINARY)
def test_extremes_by_two(calculate: Callable[..., Any], n: int, name: str) -> None:
    for a, b in itertools.product(values.float_extremes(n), repeat=2):
        check_binary(calculate, name, n, a, b)


@pytest.mark.parametrize("n", [32, 64])
@pytest.mark.parametrize("name", UNARY)
def test_extremes(calculate: Callable[..., Any], n: int, name: str) -> None:
    for a in values.float_extremes(n):
        check_unary(calculate, name, n, a)


@pytest.mark.parametrize("n", [32, 64])
@pytest.mark.parametrize("name", BINARY)
@given(data=st.data())
def test_binary(calculate: Callable[..., Any], n: int, name: str, data: st.DataObject) -> None:
    a = data.draw(values.floats(n))
    alike = st.sampled_from((a, a ^ 1 << n - 1))
    check_binary(calculate, name, n, a, data.draw(st.one_of(values.floats(n), values.floats(n), alike)))


@pytest.mark.parametrize("n", [32, 64])
@pytest.mark.parametrize("name", UNARY)
@given(data=st.data())
def test_unary(calculate: Callable[..., Any], n: int, name: str, data: st.DataObject) -> None:
    check_unary(calculate, name, n, data.draw(values.floats(n)))


@given(values.floats(64))
def test_demote(calculate: Callable[..., Any], a: int) -> None:
    (result,) = calculate("f32.demote_f64", a)
    if is_nan(a, 64):
        assert (is_canonical if is_canonical(a, 64) else is_arithmetic)(result, 32)
    else:
        assert result == encode(decode(a, 64), 32, bool(a >> 63))


@given(values.floats(32))
def test_promote(calculate: Callable[..., Any], a: int) -> None:
    (result,) = calculate("f64.promote_f32", a)
    if is_nan(a, 32):
        assert (is_canonical if is_canonical(a, 32) else is_arithmetic)(result, 64)
    else:
        assert result == encode(decode(a, 32), 64, bool(a >> 31))


def check_convert(calculate: Callable[..., Any], n: int, m: int, a: int) -> None:
    signed = a - (1 << m) if a >> m - 1 else a
    assert calculate(f"f{n}.convert_i{m}_u", a) == (encode(Fraction(a), n, False),)
    assert calculate(f"f{n}.convert_i{m}_s", a) == (encode(Fraction(signed), n, False),)


@pytest.mark.parametrize("n", [32, 64])
@pytest.mark.parametrize("m", [32, 64])
def test_convert_extremes_and_ties(calculate: Callable[..., Any], n: int, m: int) -> None:
    for a in values.integer_extremes(m):
        check_convert(calculate, n, m, a)
    for size in range(SIGNIFICAND[n] + 1, m):
        tie = (1 << size) + (1 << size - SIGNIFICAND[n] - 1)
        for a in (tie - 1, tie, tie + 1):
            check_convert(calculate, n, m, a)
            check_convert(calculate, n, m, -a % 2**m)


@pytest.mark.parametrize("n", [32, 64])
@pytest.mark.parametrize("m", [32, 64])
@given(data=st.data())
def test_convert(calculate: Callable[..., Any], n: int, m: int, data: st.DataObject) -> None:
    check_convert(calculate, n, m, data.draw(values.integers(m)))


def check_truncate(calculate: Callable[..., Any], n: int, m: int, sign: str, a: int) -> None:
    least, greatest = (-(2 ** (m - 1)), 2 ** (m - 1) - 1) if sign == "s" else (0, 2**m - 1)
    expected: tuple[int] | TrapKind
    if is_nan(a, n):
        expected, saturated = TrapKind.INVALID_CONVERSION, 0
    else:
        x = decode(a, n)
        saturated = least if x < least else greatest if x > greatest else int(x)
        within = least - 1 < x < greatest + 1
        expected = (int(x) % 2**m,) if within else TrapKind.INTEGER_OVERFLOW
    assert calculate(f"i{m}.trunc_f{n}_{sign}", a) == expected
    assert calculate(f"i{m}.trunc_sat_f{n}_{sign}", a) == (saturated % 2**m,)


@pytest.mark.parametrize("n", [32, 64])
@pytest.mark.parametrize("m", [32, 64])
@pytest.mark.parametrize("sign", ["s", "u"])
def test_truncate_extremes(calculate: Callable[..., Any], n: int, m: int, sign: str) -> None:
    for a in values.float_extremes(n):
        check_truncate(calculate, n, m, sign, a)


@pytest.mark.parametrize("n", [32, 64])
@pytest.mark.parametrize("m", [32, 64])
@pytest.mark.parametrize("sign", ["s", "u"])
@given(data=st.data())
def test_truncate(calculate: Callable[..., Any], n: int, m: int, sign: str, data: st.DataObject) -> None:
    check_truncate(calculate, n, m, sign, data.draw(values.floats(n)))


@given(values.integers(32), values.integers(64))
def test_reinterpret_keeps_the_bits(calculate: Callable[..., Any], narrow: int, wide: int) -> None:
    for name in ("i32.reinterpret_f32", "f32.reinterpret_i32"):
        assert calculate(name, narrow) == (narrow,)
    for name in ("i64.reinterpret_f64", "f64.reinterpret_i64"):
        assert calculate(name, wide) == (wide,)
