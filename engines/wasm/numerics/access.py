"""Lanes by number, and vectors in memory: operations that are made for the immediates of an instruction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engines.wasm.numerics.representation import FROM_BITS, TO_BITS
from engines.wasm.numerics.vectors import VECTORS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from engines.wasm.numerics.integers import Operation


def shuffle(lanes: Sequence[int]) -> Operation:
    """The bytes of two vectors, one after the other, at the given indices."""

    def operation(a: int, b: int) -> int:
        both = a.to_bytes(16, "little") + b.to_bytes(16, "little")
        return int.from_bytes(bytes([both[lane] for lane in lanes]), "little")

    return operation


def _extract(n: int, lane_type: str, *, signed: bool) -> Callable[[int], Operation]:
    """Take out a lane, made an i32 if it is narrower."""
    mask, top, from_bits = (1 << n) - 1, 1 << n - 1, FROM_BITS[lane_type]

    def make(lane: int) -> Operation:
        shift = lane * n
        if signed:
            return lambda a: ((a >> shift & mask) ^ top) - top & 0xFFFF_FFFF
        return lambda a: from_bits(a >> shift & mask)

    return make


def _replace(n: int, lane_type: str) -> Callable[[int], Operation]:
    """Put in a lane, the lower bits of an i32 if it is narrower."""
    mask, to_bits = (1 << n) - 1, TO_BITS[lane_type]

    def make(lane: int) -> Operation:
        shift = lane * n
        keep = ~(mask << shift)
        return lambda a, b: a & keep | (to_bits(b) & mask) << shift

    return make


def _load_lane(n: int) -> Callable[[int], Operation]:
    """Put what was loaded into a lane: the vector is the second operand."""
    replace = _replace(n, "i64")

    def make(lane: int) -> Operation:
        into = replace(lane)
        return lambda bits, a: into(a, bits)

    return make


WITH_IMMEDIATES: dict[str, Callable[..., Operation]] = {
    "i8x16.shuffle": shuffle,
    "i8x16.extract_lane_s": _extract(8, "i32", signed=True),
    "i8x16.extract_lane_u": _extract(8, "i32", signed=False),
    "i16x8.extract_lane_s": _extract(16, "i32", signed=True),
    "i16x8.extract_lane_u": _extract(16, "i32", signed=False),
    "i32x4.extract_lane": _extract(32, "i32", signed=False),
    "i64x2.extract_lane": _extract(64, "i64", signed=False),
    "f32x4.extract_lane": _extract(32, "f32", signed=False),
    "f64x2.extract_lane": _extract(64, "f64", signed=False),
    "i8x16.replace_lane": _replace(8, "i32"),
    "i16x8.replace_lane": _replace(16, "i32"),
    "i32x4.replace_lane": _replace(32, "i32"),
    "i64x2.replace_lane": _replace(64, "i64"),
    "f32x4.replace_lane": _replace(32, "f32"),
    "f64x2.replace_lane": _replace(64, "f64"),
}
"""What makes the operation of an instruction from its immediates, by name."""

LOADS: dict[str, Operation] = {
    "v128.load": int,
    "v128.load8x8_s": VECTORS["i16x8.extend_low_i8x16_s"],
    "v128.load8x8_u": VECTORS["i16x8.extend_low_i8x16_u"],
    "v128.load16x4_s": VECTORS["i32x4.extend_low_i16x8_s"],
    "v128.load16x4_u": VECTORS["i32x4.extend_low_i16x8_u"],
    "v128.load32x2_s": VECTORS["i64x2.extend_low_i32x4_s"],
    "v128.load32x2_u": VECTORS["i64x2.extend_low_i32x4_u"],
    "v128.load8_splat": VECTORS["i8x16.splat"],
    "v128.load16_splat": VECTORS["i16x8.splat"],
    "v128.load32_splat": VECTORS["i32x4.splat"],
    "v128.load64_splat": VECTORS["i64x2.splat"],
    "v128.load32_zero": int,
    "v128.load64_zero": int,
}
"""From the loaded bytes, as an unsigned little-endian integer, to the vector, by instruction."""

LANE_LOADS: dict[str, Callable[[int], Operation]] = {
    f"v128.load{n}_lane": _load_lane(n) for n in (8, 16, 32, 64)
}
"""What makes, from the lane, an operation of the loaded bytes, as such an integer, and the vector operand."""

LANE_STORES: dict[str, Callable[[int], Operation]] = {
    f"v128.store{n}_lane": _extract(n, "i64", signed=False) for n in (8, 16, 32, 64)
}
"""What makes, from the lane, an operation from the vector to what is stored, as such an integer."""
