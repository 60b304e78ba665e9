"""Integer instructions against the definitions of the standard, written out in Python's integers."""

from __future__ import annotations

import ctypes
import itertools
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.engine import TrapKind
from harness.generate import values
from harness.standard.instructions import INSTRUCTIONS

if TYPE_CHECKING:
    from collections.abc import Callable

SIGNED = {8: ctypes.c_int8, 16: ctypes.c_int16, 32: ctypes.c_int32, 64: ctypes.c_int64}
UNSIGNED = {32: ctypes.c_uint32, 64: ctypes.c_uint64}


def _divide(a: int, b: int, n: int) -> int | TrapKind:
    """Toward zero, unlike Python's; `divmod` of the magnitudes is used by the code, so not here."""
    if b == 0:
        return TrapKind.DIVIDE_BY_ZERO
    floor = a // b
    quotient = floor + 1 if floor < 0 and floor * b != a else floor
    return TrapKind.INTEGER_OVERFLOW if n and quotient == 1 << n - 1 else quotient


def _remainder(a: int, b: int) -> int | TrapKind:
    quotient = _divide(a, b, 0)
    return quotient if isinstance(quotient, TrapKind) else a - b * quotient


def _bits(a: int, n: int) -> str:
    return format(a, f"0{n}b")


def _oracle(n: int) -> dict[str, Callable[..., Any]]:
    def signed(a: int) -> int:
        return SIGNED[n](a).value

    return {
        "add": lambda a, b: a + b,
        "sub": lambda a, b: a - b,
        "mul": lambda a, b: a * b,
        "div_u": lambda a, b: _divide(a, b, 0),
        "div_s": lambda a, b: _divide(signed(a), signed(b), n),
        "rem_u": lambda a, b: _remainder(a, b),
        "rem_s": lambda a, b: _remainder(signed(a), signed(b)),
        "and": lambda a, b: sum(1 << i for i in range(n) if a >> i & 1 and b >> i & 1),
        "or": lambda a, b: sum(1 << i for i in range(n) if a >> i & 1 or b >> i & 1),
        "xor": lambda a, b: sum(1 << i for i in range(n) if a >> i & 1 != b >> i & 1),
        "shl": lambda a, b: a * 2 ** (b % n),
        "shr_u": lambda a, b: a // 2 ** (b % n),
        "shr_s": lambda a, b: signed(a) // 2 ** (b % n),
        "rotl": lambda a, b: int(_bits(a, n)[b % n :] + _bits(a, n)[: b % n], 2),
        "rotr": lambda a, b: int(_bits(a, n)[n - b % n :] + _bits(a, n)[: n - b % n], 2),
        "clz": lambda a: len(_bits(a, n)) - len(_bits(a, n).lstrip("0")),
        "ctz": lambda a: len(_bits(a, n)) - len(_bits(a, n).rstrip("0")),
        "popcnt": lambda a: _bits(a, n).count("1"),
        "eqz": lambda a: a == 0,
        "eq": lambda a, b: a == b,
        "ne": lambda a, b: a != b,
        "lt_u": lambda a, b: a < b,
        "lt_s": lambda a, b: signed(a) < signed(b),
        "gt_u": lambda a, b: a > b,
        "gt_s": lambda a, b: signed(a) > signed(b),
        "le_u": lambda a, b: a <= b,
        "le_s": lambda a, b: signed(a) <= signed(b),
        "ge_u": lambda a, b: a >= b,
        "ge_s": lambda a, b: signed(a) >= signed(b),
        **{f"extend{m}_s": lambda a, m=m: SIGNED[m](a).value for m in (8, 16, 32) if m < n},
    }


ROWS = [(n, name) for n in (32, 64) for name in _oracle(n)]


def check(calculate: Callable[..., Any], n: int, name: str, operands: tuple[int, ...]) -> None:
    expected = _oracle(n)[name](*operands)
    if not isinstance(expected, TrapKind):
        expected = (UNSIGNED[n](expected).value,)
    assert calculate(f"i{n}.{name}", *operands) == expected


@pytest.mark.parametrize(("n", "name"), ROWS)
def test_extremes(calculate: Callable[..., Any], n: int, name: str) -> None:
    arity = len(INSTRUCTIONS[f"i{n}.{name}"].params or ())
    for operands in itertools.product(values.integer_extremes(n), repeat=arity):
        check(calculate, n, name, operands)


@pytest.mark.parametrize(("n", "name"), ROWS)
@given(data=st.data())
def test_integer_instruction(calculate: Callable[..., Any], n: int, name: str, data: st.DataObject) -> None:
    arity = len(INSTRUCTIONS[f"i{n}.{name}"].params or ())
    check(calculate, n, name, tuple([data.draw(values.integers(n)) for _ in range(arity)]))


@given(values.integers(32), values.integers(64))
def test_between_the_widths(calculate: Callable[..., Any], narrow: int, wide: int) -> None:
    assert calculate("i32.wrap_i64", wide) == (UNSIGNED[32](wide).value,)
    assert calculate("i64.extend_i32_u", narrow) == (narrow,)
    assert calculate("i64.extend_i32_s", narrow) == (UNSIGNED[64](SIGNED[32](narrow).value).value,)
