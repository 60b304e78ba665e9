"""Vectors (standard, "Execution / Numerics / Vector Operations"): mostly a scalar operation a lane."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engines.wasm.numerics.conversions import CONVERSIONS, demote, promote
from engines.wasm.numerics.floats import F32, F64
from engines.wasm.numerics.integers import integer_operations
from engines.wasm.numerics.lanes import SHAPES, VIEWS, lanewise

if TYPE_CHECKING:
    from collections.abc import Callable

    from engines.wasm.numerics.integers import Operation

ALL_ONES = (1 << 128) - 1

VECTORS: dict[str, Operation] = {
    "v128.not": lambda a: a ^ ALL_ONES,
    "v128.and": lambda a, b: a & b,
    "v128.andnot": lambda a, b: a & (b ^ ALL_ONES),
    "v128.or": lambda a, b: a | b,
    "v128.xor": lambda a, b: a ^ b,
    "v128.bitselect": lambda a, b, mask: a & mask | b & (mask ^ ALL_ONES),
    "v128.any_true": lambda a: 1 if a else 0,
}
"""The operations without immediates by instruction; with some that no shape has an instruction for."""


def _relation(view: str, compare: Operation) -> Operation:
    """A comparison: all bits of a lane are set where it holds."""
    mask = VIEWS[view].mask
    given = view if view[0] == "i" else f"i{view[1:]}_u"
    return lanewise(view, lambda a, b: mask if compare(a, b) else 0, given)


def saturate(view: str) -> Callable[[int], int]:
    """To the nearest number that a lane of the view can hold."""
    n = VIEWS[view].n
    least, greatest = (-1 << n - 1, (1 << n - 1) - 1) if view.endswith("s") else (0, (1 << n) - 1)
    return lambda a: least if a < least else min(a, greatest)


def _shift(shape: str, sign: str, function: Callable[[int, int], int]) -> Operation:
    view = VIEWS[f"{shape}_{sign}"]
    lanes, vector, n = view.lanes, view.vector, view.n

    def operation(a: int, by: int) -> int:
        by %= n
        return vector([function(lane, by) for lane in lanes(a)])

    return operation


def _splat(view: str) -> Operation:
    """Every lane the same; of an integer the lower bits."""
    vector, count, mask = VIEWS[view].vector, VIEWS[view].count, VIEWS[view].mask
    if view[0] == "f":
        return lambda a: vector([a] * count)
    return lambda a: vector([a & mask] * count)


def _bitmask(shape: str) -> Operation:
    lanes = VIEWS[f"{shape}_s"].lanes
    return lambda a: sum(1 << index for index, lane in enumerate(lanes(a)) if lane < 0)


def _all_true(shape: str) -> Operation:
    lanes = VIEWS[f"{shape}_u"].lanes
    return lambda a: 1 if all(lanes(a)) else 0


def _integers(shape: str) -> dict[str, Operation]:
    """What an integer shape can do, and some more, by the name of the instruction without the shape."""
    n = VIEWS[f"{shape}_u"].n
    mask = (1 << n) - 1
    unsigned, signed = f"{shape}_u", f"{shape}_s"
    scalar = integer_operations(n)
    relations = ("eq", "ne", *(f"{order}_{sign}" for order in ("lt", "gt", "le", "ge") for sign in "su"))
    return {
        **{name: lanewise(unsigned, scalar[name]) for name in ("add", "sub", "mul", "popcnt")},
        **{name: _relation(unsigned, scalar[name]) for name in relations},
        **_signed_or_not(shape, "s"),
        **_signed_or_not(shape, "u"),
        "shl": _shift(shape, "u", lambda a, by: a << by & mask),
        "neg": lanewise(unsigned, lambda a: -a & mask),
        "abs": lanewise(signed, abs, unsigned),
        "avgr_u": lanewise(unsigned, lambda a, b: a + b + 1 >> 1),
        "all_true": _all_true(shape),
        "bitmask": _bitmask(shape),
        "splat": _splat(unsigned),
    }


def _signed_or_not(shape: str, sign: str) -> dict[str, Operation]:
    view = f"{shape}_{sign}"
    sat = saturate(view)
    return {
        f"min_{sign}": lanewise(view, min),
        f"max_{sign}": lanewise(view, max),
        f"add_sat_{sign}": lanewise(view, lambda a, b: sat(a + b)),
        f"sub_sat_{sign}": lanewise(view, lambda a, b: sat(a - b)),
        f"shr_{sign}": _shift(shape, sign, lambda a, by: a >> by),
    }


def _floats(shape: str, scalar: dict[str, Operation]) -> dict[str, Operation]:
    """What a floating-point shape can do, by the name of the instruction without the shape."""
    arithmetic = (
        "abs", "neg", "sqrt", "ceil", "floor", "trunc", "nearest", "add", "sub", "mul", "div", "min", "max",
    )  # fmt: skip
    return {
        **{name: lanewise(shape, scalar[name]) for name in arithmetic},
        **{name: _relation(shape, scalar[name]) for name in ("eq", "ne", "lt", "gt", "le", "ge")},
        "pmin": lanewise(shape, lambda a, b: b if b < a else a),
        "pmax": lanewise(shape, lambda a, b: b if a < b else a),
        "splat": _splat(shape),
    }


for _shape in ("i8x16", "i16x8", "i32x4", "i64x2"):
    VECTORS |= {f"{_shape}.{_name}": _operation for _name, _operation in _integers(_shape).items()}
for _shape, _scalar in (("f32x4", F32), ("f64x2", F64)):
    VECTORS |= {f"{_shape}.{_name}": _operation for _name, _operation in _floats(_shape, _scalar).items()}


# Between shapes


def _extend(view: str, half: slice, wide: str) -> Operation:
    """The lower or upper half of the lanes, each twice as wide."""
    lanes, vector = VIEWS[view].lanes, VIEWS[wide].vector
    return lambda a: vector(lanes(a)[half])


def _extmul(view: str, half: slice, wide: str) -> Operation:
    """The products of the lower or upper half of the lanes, twice as wide."""
    lanes, vector = VIEWS[view].lanes, VIEWS[wide].vector
    return lambda a, b: vector(map(int.__mul__, lanes(a)[half], lanes(b)[half]))


def _extadd(view: str, wide: str) -> Operation:
    """The sums of neighbours, twice as wide."""
    lanes, vector = VIEWS[view].lanes, VIEWS[wide].vector
    return lambda a: vector(map(int.__add__, lanes(a)[::2], lanes(a)[1::2]))


def _narrow(view: str, narrow: str) -> Operation:
    """The signed lanes of two vectors, half as wide, saturated."""
    lanes, vector, sat = VIEWS[view].lanes, VIEWS[narrow].vector, saturate(narrow)
    return lambda a, b: vector(map(sat, (*lanes(a), *lanes(b))))


def _widths(narrow: str, wide: str, sign: str) -> dict[str, Operation]:
    """What leads from a shape to the one of lanes twice as wide, and back."""
    taken, given, count = f"{narrow}_{sign}", f"{wide}_{sign}", SHAPES[wide]
    low, high = slice(None, count), slice(count, None)
    return {
        f"{wide}.extend_low_{taken}": _extend(taken, low, given),
        f"{wide}.extend_high_{taken}": _extend(taken, high, given),
        f"{wide}.extmul_low_{taken}": _extmul(taken, low, given),
        f"{wide}.extmul_high_{taken}": _extmul(taken, high, given),
        f"{wide}.extadd_pairwise_{taken}": _extadd(taken, given),
        f"{narrow}.narrow_{wide}_{sign}": _narrow(f"{wide}_s", taken),
    }


for _shape, _wide in (("i8x16", "i16x8"), ("i16x8", "i32x4"), ("i32x4", "i64x2")):
    VECTORS |= _widths(_shape, _wide, "s") | _widths(_shape, _wide, "u")


def _dot(a: int, b: int) -> int:
    """The products of the signed lanes, neighbours added; the one sum that does not fit wraps around."""
    lanes = VIEWS["i16x8_s"].lanes
    products = list(map(int.__mul__, lanes(a), lanes(b)))
    sums = map(int.__add__, products[::2], products[1::2])
    return VIEWS["i32x4_u"].vector([one & 0xFFFF_FFFF for one in sums])


def _swizzle(a: int, indices: int) -> int:
    """The bytes of `a` at the indices, zero where there is none."""
    table = a.to_bytes(16, "little") + bytes(240)
    return int.from_bytes(indices.to_bytes(16, "little").translate(table), "little")


def _low(taken: str, function: Callable[[Any], Any], given: str) -> Operation:
    """Apply a function to as many of the lower lanes as the result has."""
    lanes, vector, count = VIEWS[taken].lanes, VIEWS[given].vector, VIEWS[given].count
    return lambda a: vector(map(function, lanes(a)[:count]))


def _zero(taken: str, function: Callable[[Any], Any], given: str) -> Operation:
    """Apply a function to both lanes; they become the lower ones of four, the upper being zero."""
    lanes, vector = VIEWS[taken].lanes, VIEWS[given].vector
    return lambda a: vector((*map(function, lanes(a)), 0, 0))


def _conversions(sign: str) -> dict[str, Operation]:
    scalar = CONVERSIONS
    return {
        f"f32x4.convert_i32x4_{sign}": lanewise("i32x4_u", scalar[f"f32.convert_i32_{sign}"], "f32x4"),
        f"f64x2.convert_low_i32x4_{sign}": _low("i32x4_u", scalar[f"f64.convert_i32_{sign}"], "f64x2"),
        f"i32x4.trunc_sat_f32x4_{sign}": lanewise("f32x4", scalar[f"i32.trunc_sat_f32_{sign}"], "i32x4_u"),
        f"i32x4.trunc_sat_f64x2_{sign}_zero": _zero("f64x2", scalar[f"i32.trunc_sat_f64_{sign}"], "i32x4_u"),
    }


VECTORS |= {
    "i32x4.dot_i16x8_s": _dot,
    "i16x8.q15mulr_sat_s": lanewise("i16x8_s", lambda a, b: min(a * b + 0x4000 >> 15, 0x7FFF)),
    "i8x16.swizzle": _swizzle,
    "f32x4.demote_f64x2_zero": _zero("f64x2", demote, "f32x4"),
    "f64x2.promote_low_f32x4": _low("f32x4", promote, "f64x2"),
    **_conversions("s"),
    **_conversions("u"),
}
