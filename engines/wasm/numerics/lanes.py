"""A vector as lanes: the views that instructions take of 128 bits, and how to work lane by lane.

A view is named by the shape and, of integers, by what the lanes are taken for: ``i8x16_s i8x16_u f32x4`` ...
"""

from __future__ import annotations

from math import isnan
from struct import Struct
from typing import TYPE_CHECKING, Any

from engines.wasm.numerics.representation import f32_from_bits, f32_to_bits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from engines.wasm.numerics.integers import Operation


class View:
    """How to take a vector apart, and put it together again."""

    def __init__(self, count: int, code: str) -> None:
        self.count = count
        self.n = 128 // count
        """Bits of a lane."""
        self.mask = (1 << self.n) - 1
        struct = Struct(f"<{count}{code}")
        self._pack, self._unpack = struct.pack, struct.unpack

    def lanes(self, vector: int) -> Sequence[Any]:
        """The lanes, lane 0 first."""
        return self._unpack(vector.to_bytes(16, "little"))

    def vector(self, lanes: Iterable[Any]) -> int:
        """The vector of so many lanes, each within the range of the view."""
        return int.from_bytes(self._pack(*lanes), "little")


class FloatView(View):
    """The view of four f32; `struct` is trusted with those that are no NaNs."""

    def __init__(self) -> None:
        super().__init__(4, "f")
        self._bits = View(4, "I")

    def lanes(self, vector: int) -> Sequence[float]:
        """The lanes, lane 0 first."""
        lanes = super().lanes(vector)
        return tuple(map(f32_from_bits, self._bits.lanes(vector))) if any(map(isnan, lanes)) else lanes

    def vector(self, lanes: Iterable[float]) -> int:
        """The vector of four lanes."""
        lanes = tuple(lanes)
        if any(map(isnan, lanes)):
            return self._bits.vector(map(f32_to_bits, lanes))
        return super().vector(lanes)


SHAPES = {"i8x16": 16, "i16x8": 8, "i32x4": 4, "i64x2": 2, "f32x4": 4, "f64x2": 2}
"""Lanes by shape."""

_CODES = {"i8x16": "b", "i16x8": "h", "i32x4": "i", "i64x2": "q"}

VIEWS: dict[str, View] = {
    **{f"{shape}_s": View(SHAPES[shape], code) for shape, code in _CODES.items()},
    **{f"{shape}_u": View(SHAPES[shape], code.upper()) for shape, code in _CODES.items()},
    "f32x4": FloatView(),
    "f64x2": View(2, "d"),
}


def lanewise(taken: str, function: Callable[..., Any], given: str = "") -> Operation:
    """Apply a function to the lanes of one or more vectors, by a view of theirs and a view of the result."""
    lanes, vector = VIEWS[taken].lanes, VIEWS[given or taken].vector

    def operation(*vectors: int) -> int:
        return vector(map(function, *map(lanes, vectors)))

    return operation
