"""A vector as lanes: the views that instructions take of 128 bits, and how to work lane by lane.

A view is named by the shape and, of integers, by what the lanes are taken for: ``i8x16_s i8x16_u f32x4`` ...
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Any

from engines.wasm.numerics.representation import FROM_BITS, TO_BITS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from engines.wasm.numerics.integers import Operation


class View:
    """How to take a vector apart, and put it together again."""

    def __init__(self, lane: str, count: int, signed: bool = False) -> None:
        self.n = 128 // count
        """Bits of a lane."""
        self.count = count
        self.mask = (1 << self.n) - 1
        codes = {8: "B", 16: "H", 32: "I", 64: "Q"}
        code = codes[self.n]
        struct = Struct(f"<{count}{code.lower() if signed else code}")
        self._pack, self._unpack = struct.pack, struct.unpack
        self._from_bits, self._to_bits = FROM_BITS.get(lane, int), TO_BITS.get(lane, int)
        self._floats = lane[0] == "f"

    def lanes(self, vector: int) -> Sequence[Any]:
        """The lanes, lane 0 first."""
        lanes = self._unpack(vector.to_bytes(16, "little"))
        return tuple(map(self._from_bits, lanes)) if self._floats else lanes

    def vector(self, lanes: Iterable[Any]) -> int:
        """The vector of so many lanes, each within the range of the view."""
        return int.from_bytes(self._pack(*(map(self._to_bits, lanes) if self._floats else lanes)), "little")


SHAPES = {"i8x16": 16, "i16x8": 8, "i32x4": 4, "i64x2": 2, "f32x4": 4, "f64x2": 2}
"""Lanes by shape."""

VIEWS: dict[str, View] = {
    **{shape: View(shape[:3], count) for shape, count in SHAPES.items() if shape[0] == "f"},
    **{f"{shape}_u": View(shape[:3], count) for shape, count in SHAPES.items() if shape[0] == "i"},
    **{
        f"{shape}_s": View(shape[:3], count, signed=True)
        for shape, count in SHAPES.items()
        if shape[0] == "i"
    },
}


def lanewise(taken: str, function: Callable[..., Any], given: str = "") -> Operation:
    """Apply a function to the lanes of one or more vectors, by a view of theirs and a view of the result."""
    lanes, vector = VIEWS[taken].lanes, VIEWS[given or taken].vector

    def operation(*vectors: int) -> int:
        return vector(map(function, *map(lanes, vectors)))

    return operation
