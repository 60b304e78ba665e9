"""Relaxed vector instructions, of whose results an implementation chooses one.

Ours are those of the deterministic profile (standard, "Profiles"): each is the strict instruction that it
relaxes. Products are rounded before they are added, lanes are selected bit by bit, indices out of range give
zero, conversions and products saturate, and the dot product takes both operands as signed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engines.wasm.numerics.lanes import VIEWS
from engines.wasm.numerics.vectors import VECTORS, saturate

if TYPE_CHECKING:
    from engines.wasm.numerics.integers import Operation

RELAXED: dict[str, Operation] = {
    "i8x16.relaxed_swizzle": VECTORS["i8x16.swizzle"],
    "i16x8.relaxed_q15mulr_s": VECTORS["i16x8.q15mulr_sat_s"],
    **{
        f"{shape}.relaxed_laneselect": VECTORS["v128.bitselect"]
        for shape in ("i8x16", "i16x8", "i32x4", "i64x2")
    },
}
"""The relaxed instructions by name."""


def _madd(shape: str, *, negated: bool) -> Operation:
    mul, add, neg = VECTORS[f"{shape}.mul"], VECTORS[f"{shape}.add"], VECTORS[f"{shape}.neg"]
    if negated:
        return lambda a, b, c: add(mul(neg(a), b), c)
    return lambda a, b, c: add(mul(a, b), c)


for _shape in ("f32x4", "f64x2"):
    RELAXED |= {
        f"{_shape}.relaxed_madd": _madd(_shape, negated=False),
        f"{_shape}.relaxed_nmadd": _madd(_shape, negated=True),
        f"{_shape}.relaxed_min": VECTORS[f"{_shape}.min"],
        f"{_shape}.relaxed_max": VECTORS[f"{_shape}.max"],
    }
for _sign in "su":
    RELAXED[f"i32x4.relaxed_trunc_f32x4_{_sign}"] = VECTORS[f"i32x4.trunc_sat_f32x4_{_sign}"]
    RELAXED[f"i32x4.relaxed_trunc_f64x2_{_sign}_zero"] = VECTORS[f"i32x4.trunc_sat_f64x2_{_sign}_zero"]


def _dot(a: int, b: int) -> int:
    """The products of the signed bytes, neighbours added, saturated."""
    lanes, sat = VIEWS["i8x16_s"].lanes, saturate("i16x8_s")
    products = list(map(int.__mul__, lanes(a), lanes(b)))
    return VIEWS["i16x8_s"].vector(map(sat, map(int.__add__, products[::2], products[1::2])))


RELAXED["i16x8.relaxed_dot_i8x16_i7x16_s"] = _dot
RELAXED["i32x4.relaxed_dot_i8x16_i7x16_add_s"] = lambda a, b, c: VECTORS["i32x4.add"](
    VECTORS["i32x4.extadd_pairwise_i16x8_s"](_dot(a, b)), c
)
