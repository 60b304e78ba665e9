"""Strategies for the numbers of the standard, as their bits, those first that engines get wrong."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from harness.standard.types import F32, F64, I32, I64, V128

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

BITS = {I32: 32, I64: 64, F32: 32, F64: 64, V128: 128}
"""The width of a number type or vector type."""

SIGNIFICAND = {32: 23, 64: 52}
"""The width of the significand (and of the payload of a NaN) in a float of that many bits."""


@cache
def integer_extremes(n: int) -> tuple[int, ...]:
    """The unsigned integers of `n` bits at the ends of the ranges, signed or not."""
    top = 1 << n - 1
    return (0, 1, 2, n - 1, n, top - 1, top, top + 1, 2 * top - 2, 2 * top - 1)


@cache
def float_extremes(n: int) -> tuple[int, ...]:
    """Floats of `n` bits, of either sign: zero, ends of ranges of floats and of integers, halves, NaNs."""
    m = SIGNIFICAND[n]
    one = (1 << n - m - 2) - 1 << m
    infinity = (1 << n - 1) - (1 << m)
    ranges = [one + (exponent << m) for exponent in (-1, 31, 32, 63, 64)]
    neighbours = [bits + step for bits in (1, 1 << m, one, infinity, *ranges) for step in (-1, 0, 1)]
    halves = [one + (1 << m - 1), one + (1 << m) + (1 << m - 2)]
    quiet = 1 << m - 1
    sign = 1 << n - 1
    positive = [*neighbours, *halves, infinity | quiet - 1, infinity | quiet, infinity | quiet + 1]
    return tuple([bits | negative for bits in positive for negative in (0, sign)])


@cache
def integers(n: int) -> SearchStrategy[int]:
    """Unsigned integers of `n` bits: extremes, near sums of powers of two, near ties of floats, any."""
    mask = (1 << n) - 1
    powers = st.integers(0, n).map(lambda exponent: 1 << exponent)
    little = st.integers(-2, 2)
    sums = st.builds(lambda a, b, c, sign: (a + sign * b + c) & mask, powers, powers, little, SIGNS)
    ties = st.builds(
        lambda a, m, c, sign: sign * (a + (a >> m + 1) + c) & mask,
        powers,
        st.sampled_from((23, 52)),
        little,
        SIGNS,
    )
    return st.one_of(st.sampled_from(integer_extremes(n)), sums, ties, st.integers(0, mask))


@cache
def floats(n: int) -> SearchStrategy[int]:
    """Floats of `n` bits: extremes, numbers of few digits, whose results lie between two, NaNs, any."""
    m = SIGNIFICAND[n]
    exponents = (1 << n - m - 1) - 1
    bias = exponents >> 1
    significands = st.one_of(
        st.integers(0, 2), st.integers(0, m).map(lambda shift: (1 << m) - 1 >> shift), _few_digits(m)
    )
    near_integers = st.integers(-2, 65).map(lambda exponent: exponent + bias)
    any_exponent = st.integers(0, exponents)
    exponent = st.one_of(near_integers, st.sampled_from((0, 1, exponents - 1, exponents)), any_exponent)
    composed = st.builds(
        lambda sign, exponent, significand: (sign < 0) << n - 1 | exponent << m | significand,
        SIGNS,
        exponent,
        significands,
    )
    return st.one_of(st.sampled_from(float_extremes(n)), composed, nans(n), st.integers(0, (1 << n) - 1))


@cache
def nans(n: int) -> SearchStrategy[int]:
    """NaNs of `n` bits: canonical, quiet, signalling, of either sign."""
    m = SIGNIFICAND[n]
    quiet = 1 << m - 1
    infinity = (1 << n - 1) - (1 << m)
    payloads = st.one_of(st.sampled_from((quiet, 1, quiet - 1, 2 * quiet - 1)), st.integers(1, 2 * quiet - 1))
    return st.builds(lambda sign, payload: (sign < 0) << n - 1 | infinity | payload, SIGNS, payloads)


@cache
def vectors() -> SearchStrategy[int]:
    """Vectors: of lanes that are hard as some shape has them, alike or all different."""
    return st.one_of(
        *(_lanes(integers(n), n) for n in (8, 16, 32, 64)), *(_lanes(floats(n), n) for n in (32, 64))
    )


def extremes(type_: str) -> tuple[int, ...]:
    """The bits of some extreme numbers of a number type."""
    n = BITS[type_]
    return integer_extremes(n) if type_[0] == "i" else float_extremes(n)


def values(type_: str) -> SearchStrategy[int]:
    """The bits of hard operands of a number type or vector type."""
    return _VALUES[type_]


SIGNS = st.sampled_from((1, -1))


def _few_digits(m: int) -> SearchStrategy[int]:
    return st.builds(lambda a, b: 1 << a | 1 << b, st.integers(0, m - 1), st.integers(0, m - 1))


def _lanes(lane: SearchStrategy[int], n: int) -> SearchStrategy[int]:
    count = 128 // n
    alike = lane.map(lambda bits: [bits] * count)
    lanes = st.one_of(st.lists(lane, min_size=count, max_size=count), alike)
    return lanes.map(lambda bits: sum(one << n * index for index, one in enumerate(bits)))


_VALUES = {I32: integers(32), I64: integers(64), F32: floats(32), F64: floats(64), V128: vectors()}
