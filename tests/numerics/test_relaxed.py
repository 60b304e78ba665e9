"""The relaxed instructions that are not just the strict one under another name: the deterministic profile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given

from harness.generate import values
from harness.generate.nans import is_nan

if TYPE_CHECKING:
    from collections.abc import Callable


def lanes(vector: int, n: int, *, signed: bool = False) -> list[int]:
    bits = [vector >> shift & (1 << n) - 1 for shift in range(0, 128, n)]
    return [lane - (lane >> n - 1 << n) for lane in bits] if signed else bits


@pytest.mark.parametrize(("shape", "n"), [("f32x4", 32), ("f64x2", 64)])
@given(a=values.vectors(), b=values.vectors(), c=values.vectors())
def test_multiply_add_rounds_twice(
    calculate: Callable[..., Any], shape: str, n: int, a: int, b: int, c: int
) -> None:
    (result,) = calculate(f"{shape}.relaxed_madd", a, b, c)
    (negated,) = calculate(f"{shape}.relaxed_nmadd", a, b, c)
    operands = zip(lanes(a, n), lanes(b, n), lanes(c, n), strict=True)
    for (x, y, z), got, got_negated in zip(operands, lanes(result, n), lanes(negated, n), strict=True):
        for factor, lane in ((x, got), (x ^ 1 << n - 1, got_negated)):
            (product,) = calculate(f"f{n}.mul", factor, y)
            (expected,) = calculate(f"f{n}.add", product, z)
            assert lane == expected or (is_nan(lane, n) and is_nan(expected, n))


@given(a=values.vectors(), b=values.vectors(), c=values.vectors())
def test_dot_products_are_signed(calculate: Callable[..., Any], a: int, b: int, c: int) -> None:
    products = [x * y for x, y in zip(lanes(a, 8, signed=True), lanes(b, 8, signed=True), strict=True)]
    sums = [min(sum(products[index : index + 2]), 0x7FFF) for index in range(0, 16, 2)]
    (result,) = calculate("i16x8.relaxed_dot_i8x16_i7x16_s", a, b)
    assert lanes(result, 16, signed=True) == sums
    (result,) = calculate("i32x4.relaxed_dot_i8x16_i7x16_add_s", a, b, c)
    fours = [sum(sums[index : index + 2]) for index in range(0, 8, 2)]
    assert lanes(result, 32) == [
        (four + lane) % 2**32 for four, lane in zip(fours, lanes(c, 32), strict=True)
    ]
