"""Every bit pattern survives the way through Python, signalling NaNs too."""

from __future__ import annotations

import copy
import pickle

from hypothesis import given

from engines.wasm.numerics import NUMERICS, f32_from_bits, f32_to_bits, f64_from_bits, f64_to_bits
from harness.generate import values

SIGN_32, SIGN_64 = 1 << 31, 1 << 63


@given(values.floats(32))
def test_f32_survives(bits: int) -> None:
    assert f32_to_bits(f32_from_bits(bits)) == bits


@given(values.floats(64))
def test_f64_survives(bits: int) -> None:
    assert f64_to_bits(f64_from_bits(bits)) == bits


@given(values.nans(64))
def test_python_moves_and_stores_nans_untouched(bits: int) -> None:
    number = f64_from_bits(bits)
    for moved in (
        copy.deepcopy([number])[0],
        pickle.loads(pickle.dumps(number)),
        max(number, 0.0),
    ):
        assert f64_to_bits(moved) == bits


@given(values.nans(32), values.nans(64))
def test_sign_operations_touch_nothing_but_the_sign(bits_32: int, bits_64: int) -> None:
    a, b = f32_from_bits(bits_32), f64_from_bits(bits_64)
    assert f32_to_bits(NUMERICS["f32.neg"](a)) == bits_32 ^ SIGN_32
    assert f64_to_bits(NUMERICS["f64.neg"](b)) == bits_64 ^ SIGN_64
    assert f32_to_bits(NUMERICS["f32.abs"](a)) == bits_32 & ~SIGN_32
    assert f64_to_bits(NUMERICS["f64.abs"](b)) == bits_64 & ~SIGN_64
    for sign in (-0.0, -1.0, float("-inf"), f64_from_bits(0xFFF0_0000_2000_0000)):
        assert f32_to_bits(NUMERICS["f32.copysign"](a, sign)) == bits_32 | SIGN_32
        assert f64_to_bits(NUMERICS["f64.copysign"](b, sign)) == bits_64 | SIGN_64


@given(values.floats(32))
def test_an_f32_has_the_value_of_its_python_float(bits: int) -> None:
    """Sign, exponent and significand of the wide number say what those of the narrow one say."""
    wide = f64_to_bits(f32_from_bits(bits))
    exponent, significand = bits >> 23 & 0xFF, bits & 0x7F_FFFF
    assert wide >> 63 == bits >> 31
    if exponent == 0xFF:
        assert wide & (1 << 63) - 1 == 0x7FF << 52 | significand << 29
    elif exponent:
        assert wide & (1 << 63) - 1 == exponent - 127 + 1023 << 52 | significand << 29
    else:
        assert abs(f32_from_bits(bits)) * 2.0**149 == significand
