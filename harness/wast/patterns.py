"""What a script says a result must be (reference interpreter, "Scripts": result patterns).

A pattern `fits` a value or does not; there is nothing between. Its text is nearly how the script writes it.
"""

from __future__ import annotations

import struct
from typing import NamedTuple, TypeAlias

from harness.engine import Value
from harness.wast.literals import FORMATS, INTEGERS

LANES = {
    "i8x16": ("i8", 16),
    "i16x8": ("i16", 8),
    "i32x4": ("i32", 4),
    "i64x2": ("i64", 2),
    "f32x4": ("f32", 4),
    "f64x2": ("f64", 2),
}
"""Shape of a vector -> type and number of its lanes."""

_WIDTHS = INTEGERS | {name: format.width for name, format in FORMATS.items()}
_UNPACK = {"f32": struct.Struct("<f"), "f64": struct.Struct("<d")}

HIERARCHIES = {
    **dict.fromkeys(("func", "nofunc"), "func"),
    **dict.fromkeys(("extern", "noextern"), "extern"),
    **dict.fromkeys(("exn", "noexn"), "exn"),
    **dict.fromkeys(("any", "eq", "i31", "struct", "array", "none"), "any"),
}
"""Abstract heap type -> the top of its hierarchy."""

_POINTS_TO = {
    # An extern may be anything internal that was made external, an any something external made internal.
    "func": {"func"},
    "exn": {"exn"},
    "extern": {"extern", "i31", "struct", "array"},
    "any": {"extern", "i31", "struct", "array"},
    "eq": {"i31", "struct", "array"},
    "i31": {"i31"},
    "struct": {"struct"},
    "array": {"array"},
}


class Exactly(NamedTuple):
    """These bits."""

    value: Value

    def fits(self, value: Value) -> bool:
        """Whether it is this value, to the bit."""
        return value == self.value

    def __str__(self) -> str:
        return show(self.value)


class Nan(NamedTuple):
    """A class of NaNs, of either sign.

    Canonical: of the payload only the leading bit is set. Arithmetic: the leading bit is set.
    """

    type: str
    canonical: bool

    def fits(self, value: Value) -> bool:
        """Whether it is a NaN of that class."""
        if value.type != self.type or value.bits is None:
            return False
        format = FORMATS[self.type]
        magnitude = value.bits & ((1 << (format.width - 1)) - 1)
        least = format.canonical
        return magnitude == least if self.canonical else magnitude & least == least

    def __str__(self) -> str:
        return f"{self.type} nan:{'canonical' if self.canonical else 'arithmetic'}"


class Lanes(NamedTuple):
    """A vector, lane by lane; lane 0 is in the lowest bits."""

    shape: str
    lanes: tuple[Exactly | Nan, ...]

    def fits(self, value: Value) -> bool:
        """Whether every lane fits."""
        if value.type != "v128" or value.bits is None:
            return False
        lanes = split(self.shape, value.bits)
        return all(pattern.fits(lane) for pattern, lane in zip(self.lanes, lanes, strict=True))

    def __str__(self) -> str:
        return f"v128 {self.shape} [{', '.join(str(lane).partition(' ')[2] for lane in self.lanes)}]"


class Null(NamedTuple):
    """A null reference; of the hierarchy of `heap`, or of any if that is None."""

    heap: str | None = None

    def fits(self, value: Value) -> bool:
        """Whether it is null, and of that hierarchy."""
        if value.bits is not None or value.type not in HIERARCHIES:
            return False
        return self.heap is None or HIERARCHIES[value.type] == HIERARCHIES[self.heap]

    def __str__(self) -> str:
        return f"ref.null {self.heap}" if self.heap else "ref.null"


class Reference(NamedTuple):
    """Some reference that is not null and points to something of an abstract type."""

    heap: str

    def fits(self, value: Value) -> bool:
        """Whether it points to that."""
        return value.bits is not None and value.type in _POINTS_TO[self.heap]

    def __str__(self) -> str:
        return f"ref.{self.heap}"


class Either(NamedTuple):
    """One of several."""

    options: tuple[Pattern, ...]

    def fits(self, value: Value) -> bool:
        """Whether one of them fits."""
        return any(option.fits(value) for option in self.options)

    def __str__(self) -> str:
        return " or ".join(map(str, self.options))


Pattern: TypeAlias = Exactly | Nan | Lanes | Null | Reference | Either


def split(shape: str, bits: int) -> list[Value]:
    """The lanes of a vector, lane 0 first."""
    type, count = LANES[shape]
    width = _WIDTHS[type]
    return [Value(type, bits >> (width * index) & ((1 << width) - 1)) for index in range(count)]


def join(shape: str, lanes: list[int]) -> int:
    """The bits of a vector, from those of its lanes."""
    width = _WIDTHS[LANES[shape][0]]
    return sum(lane << (width * index) for index, lane in enumerate(lanes))


def show(value: Value) -> str:
    """A value for a reader: ``i32 42 (0x2a)``, ``f32 1.5 (0x3fc00000)``, ``ref.null func``."""
    if value.bits is None:
        return f"ref.null {value.type}"
    if value.type in FORMATS:
        format = FORMATS[value.type]
        (number,) = _UNPACK[value.type].unpack(value.bits.to_bytes(format.width // 8, "little"))
        return f"{value.type} {number} (0x{value.bits:0{format.width // 4}x})"
    if value.type in INTEGERS:
        return f"{value.type} {value.bits} (0x{value.bits:x})"
    if value.type == "v128":
        return f"v128 0x{value.bits:032x}"
    return f"ref.{value.type} {value.bits}"
