"""Structs and arrays (standard, "Execution / Aggregates"): lists of values as in a frame, of any length.

A packed value is kept unsigned, and an array of bytes as bytes: ten million references take Python some
milliseconds to drop, which is when a call is late that was told to stop. What is not referred to any more is
Python's to collect.
"""

from __future__ import annotations

from struct import Struct as Format
from typing import TYPE_CHECKING, Any, TypeAlias

from engines.interp.footprint import footprint
from engines.wasm.numerics import FROM_BITS
from engines.wasm.store import ArrayInstance, StructInstance
from harness.engine import Trap, TrapKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from engines.wasm.deftypes import DefType
    from harness.standard.types import StorageType

Elements: TypeAlias = "list[Any] | bytearray"
"""Of an array; bytes where they are i8."""

MAX_ELEMENTS = 1 << 24
"""How long an array may be."""

OVERHEAD = 128
"""Bytes that an object takes besides its values."""

PACKED = {"i8": 8, "i16": 16}
"""Bits of a packed value."""


class Struct(StructInstance):
    """A struct."""

    __slots__ = ("fields", "type")

    def __init__(self, type_: DefType, fields: list[Any]) -> None:
        footprint.take(OVERHEAD + 8 * len(fields))
        self.type = type_
        self.fields = fields


class Array(ArrayInstance):
    """An array."""

    __slots__ = ("elements", "type")

    def __init__(self, type_: DefType, elements: Elements) -> None:
        footprint.take(OVERHEAD + 8 * len(elements))
        self.type = type_
        self.elements = elements


def elements_of(storage: StorageType, values: Iterable[Any] = ()) -> Elements:
    """Elements of an array, to begin with."""
    return bytearray(values) if storage == "i8" else list(values)


def check_length(length: int) -> None:
    """Trap if an array must not be so long."""
    if length > MAX_ELEMENTS:
        raise Trap(TrapKind.ALLOCATION, f"no array of {length} elements is to be had")


def mask(storage: StorageType) -> int | None:
    """What remains of a value that is packed; None where values are not."""
    return (1 << PACKED[storage]) - 1 if isinstance(storage, str) and storage in PACKED else None


def decoder(storage: StorageType) -> tuple[int, Callable[[bytes], list[Any]]]:
    """How many bytes a number takes in a data segment, and how such bytes become numbers."""
    assert isinstance(storage, str)
    if storage == "v128":
        return 16, _vectors
    format_ = Format("<" + {"i8": "B", "i16": "H", "i32": "I", "f32": "I", "i64": "Q", "f64": "d"}[storage])
    if storage == "f32":
        from_bits = FROM_BITS["f32"]
        return 4, lambda data: [from_bits(bits) for (bits,) in format_.iter_unpack(data)]
    return format_.size, lambda data: [value for (value,) in format_.iter_unpack(data)]


def _vectors(data: bytes) -> list[int]:
    return [int.from_bytes(data[at : at + 16], "little") for at in range(0, len(data), 16)]
