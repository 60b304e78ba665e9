"""Conversions (standard, "Execution / Numerics / Conversions")."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from engines.wasm.numerics.representation import (
    f32_from_bits,
    f32_round,
    f32_to_bits,
    f64_from_bits,
    f64_to_bits,
)
from harness.engine import Trap, TrapKind

if TYPE_CHECKING:
    from engines.wasm.numerics.integers import Operation


def _range(n: int, sign: str) -> tuple[int, int]:
    """The least and the greatest integer of `n` bits, signed (``s``) or not (``u``)."""
    return (-1 << n - 1, (1 << n - 1) - 1) if sign == "s" else (0, (1 << n) - 1)


def trunc(n: int, sign: str) -> Operation:
    """From a float toward zero to an integer of `n` bits; traps if there is none."""
    least, greatest = _range(n, sign)
    mask = (1 << n) - 1

    def operation(a: float) -> int:
        if a != a:
            raise Trap(TrapKind.INVALID_CONVERSION)
        if a in (inf, -inf) or not least <= (integer := int(a)) <= greatest:
            raise Trap(TrapKind.INTEGER_OVERFLOW)
        return integer & mask

    return operation


def trunc_sat(n: int, sign: str) -> Operation:
    """From a float toward zero to the nearest integer of `n` bits there is; a NaN gives 0."""
    least, greatest = _range(n, sign)
    mask = (1 << n) - 1

    def operation(a: float) -> int:
        if a != a:
            return 0
        if a <= least:
            return least & mask
        if a >= greatest:
            return greatest
        return int(a) & mask

    return operation


def convert_f64(n: int, sign: str) -> Operation:
    """From an integer of `n` bits to the nearest f64; Python rounds an integer once, ties to even."""
    top = 1 << n - 1
    if sign == "s":
        return lambda a: float((a ^ top) - top)
    return float


def convert_f32(n: int, sign: str) -> Operation:
    """From an integer of `n` bits to the nearest f32.

    By way of an f64, which must be exact or at least leave a trace of what it drops: of more than 53 bits the
    lowest 11 become one that says whether any of them was set ("round to odd"). It is too low to be the last
    bit of an f32 or of the middle between two, so it decides a tie and nothing else.
    """
    top = 1 << n - 1

    def operation(a: int) -> float:
        if sign == "s":
            a = (a ^ top) - top
        if not -0x20_0000_0000_0000 <= a <= 0x20_0000_0000_0000:
            a = (a >> 11 | (a & 0x7FF != 0)) << 11
        return f32_round(a)

    return operation


def demote(a: float) -> float:
    """From f64 to the nearest f32; of a NaN the upper part of the payload stays, made quiet."""
    return f32_round(a if a == a else a + a)


def promote(a: float) -> float:
    """From f32 to f64; a NaN keeps its payload, made quiet."""
    return a if a == a else a + a


CONVERSIONS: dict[str, Operation] = {
    "i32.wrap_i64": lambda a: a & 0xFFFF_FFFF,
    "i64.extend_i32_u": lambda a: a,
    "i64.extend_i32_s": lambda a: (a ^ 0x8000_0000) - 0x8000_0000 & 0xFFFF_FFFF_FFFF_FFFF,
    "f32.demote_f64": demote,
    "f64.promote_f32": promote,
    "i32.reinterpret_f32": f32_to_bits,
    "i64.reinterpret_f64": f64_to_bits,
    "f32.reinterpret_i32": f32_from_bits,
    "f64.reinterpret_i64": f64_from_bits,
}
"""Every conversion between number types, by the name of its instruction."""

for _n in (32, 64):
    for _sign in "su":
        CONVERSIONS[f"f32.convert_i{_n}_{_sign}"] = convert_f32(_n, _sign)
        CONVERSIONS[f"f64.convert_i{_n}_{_sign}"] = convert_f64(_n, _sign)
        for _float in ("f32", "f64"):
            CONVERSIONS[f"i{_n}.trunc_{_float}_{_sign}"] = trunc(_n, _sign)
            CONVERSIONS[f"i{_n}.trunc_sat_{_float}_{_sign}"] = trunc_sat(_n, _sign)
