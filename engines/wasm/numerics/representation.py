"""How numbers live in Python, and how they become bits.

==== ======================================================================================================
i32  the unsigned integer, an ``int`` in [0, 2^32)
i64  the unsigned integer, an ``int`` in [0, 2^64)
f64  a ``float``, with the very bits of the number
f32  a ``float`` whose value is the number's, so that every f32 has exactly one: finite numbers, zeros and
     infinities are widened, which is exact; a NaN keeps its sign, and its 23 bits of payload are the upper 23
     of the 52, the lower 29 being zero. A signalling NaN therefore is one in Python too
v128 the unsigned integer, an ``int`` in [0, 2^128); lane 0 is the least significant
==== ======================================================================================================

Hardware makes a signalling NaN quiet whenever it calculates or converts between the formats, and leaves it
alone when it moves it. So NaNs change format by integers alone (here, and nowhere else), while Python moves
and boxes a ``float``, negates it and copies its sign bit by bit. Of the formats of `struct` ``d`` copies, and
``f`` converts, and so is trusted with numbers and quiet NaNs only.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_I32, _F32, _I64, _F64 = Struct("I"), Struct("f"), Struct("Q"), Struct("d")
_pack_i32, _unpack_i32 = _I32.pack, _I32.unpack
_pack_i64, _unpack_i64 = _I64.pack, _I64.unpack
_pack_f32, _unpack_f32 = _F32.pack, _F32.unpack
_pack_f64, _unpack_f64 = _F64.pack, _F64.unpack

CANONICAL_NAN_F64 = 0x7FF8_0000_0000_0000
"""Bits of the positive canonical NaN."""


def f64_from_bits(bits: int) -> float:
    """The f64 with these 64 bits; exact for every NaN."""
    (number,) = _unpack_f64(_pack_i64(bits))
    return number  # type: ignore[no-any-return]


def f64_to_bits(number: float) -> int:
    """The 64 bits of an f64; exact for every NaN."""
    (bits,) = _unpack_i64(_pack_f64(number))
    return bits  # type: ignore[no-any-return]


def f32_from_bits(bits: int) -> float:
    """The f32 with these 32 bits; exact for every NaN."""
    (number,) = _unpack_f32(_pack_i32(bits))
    if number == number:
        return number  # type: ignore[no-any-return]
    return f64_from_bits((bits & 0x8000_0000) << 32 | 0x7FF0_0000_0000_0000 | (bits & 0x007F_FFFF) << 29)


def f32_to_bits(number: float) -> int:
    """The 32 bits of an f32; exact for every NaN."""
    if number == number:
        (bits,) = _unpack_i32(_pack_f32(number))
        return bits  # type: ignore[no-any-return]
    wide = f64_to_bits(number)
    return wide >> 32 & 0x8000_0000 | 0x7F80_0000 | wide >> 29 & 0x007F_FFFF


def f32_round(number: float) -> float:
    """The f32 nearest to a Python float, ties to even, beyond the largest an infinity; once rounded.

    For f32 operands, rounding the f64 sum, difference, product, quotient or square root gives what rounding
    the exact result gives. To err, the first rounding would have to land on a middle m of two neighbouring
    f32 from a result that is not m, but within 2^-53 of it, relatively; m has at most 25 bits (fewer, where
    it is subnormal). A product has 48 bits: the first rounding does nothing. A sum of more than 53 bits has
    operands so far apart that it is 2^-29 from the greater, which is no middle. A quotient x/y near m is off
    by |x - m*y|, an integer in units in which m*y is one of at most 49 bits: by 2^-49 or not at all. A root
    of x is off by half as much as x from m*m, of 50 bits: by 2^-51 or not at all.

    A quiet NaN keeps its sign and the upper part of its payload; a signalling one must not come here.
    """
    (rounded,) = _unpack_f32(_pack_f32(number))
    return rounded  # type: ignore[no-any-return]


f64_nan = f64_from_bits(CANONICAL_NAN_F64)
"""The positive canonical NaN; by the representation, that of both formats."""

FROM_BITS: dict[str, Callable[[int], int | float]] = {
    "i32": int, "i64": int, "f32": f32_from_bits, "f64": f64_from_bits, "v128": int,
}  # fmt: skip
"""From the bits of a number to its representation, by type."""

TO_BITS: dict[str, Callable[[int | float], int]] = {
    "i32": int, "i64": int, "f32": f32_to_bits, "f64": f64_to_bits, "v128": int,
}  # fmt: skip
"""From the representation of a number to its bits, by type."""
