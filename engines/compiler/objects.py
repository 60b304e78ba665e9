"""Structs and arrays as the store sees them: where they are in the heap, which keeps them as long as this."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING

from engines.compiler.heap import heap
from engines.compiler.types import ELEMENTS, LENGTH, offsets, struct_size, types, width
from engines.wasm.activation import innermost
from engines.wasm.store import ArrayInstance, ExceptionInstance, StructInstance
from harness.standard.types import ArrayType, CompType, FuncType, StructType

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engines.compiler.home import Home
    from engines.wasm.deftypes import DefType

_PIECE = 1 << 20
"""Bytes that are copied between two looks at the activation."""


class Struct(StructInstance):
    """A struct."""

    def __init__(self, type_: DefType, home: Home, address: int) -> None:
        self.type = type_
        self.home = home
        """What it may refer to lives as long as this."""
        self.address = address


class Array(ArrayInstance):
    """An array."""

    def __init__(self, type_: DefType, home: Home, address: int) -> None:
        self.type = type_
        self.home = home
        """What it may refer to lives as long as this."""
        self.address = address


class Exception_(ExceptionInstance):
    """An exception that is referred to."""

    def __init__(self, type_: DefType, home: Home, address: int) -> None:
        self.tag_type = type_
        self.home = home
        """What it may refer to lives as long as this."""
        self.address = address


_KINDS: dict[type[CompType], type[Struct | Array | Exception_]] = {
    StructType: Struct,
    ArrayType: Array,
    FuncType: Exception_,
}


def is_object(word: int) -> bool:
    """Whether a word that is an address is that of an object."""
    return heap.address <= word < heap.end


def object_at(address: int, home: Home) -> Struct | Array | Exception_:
    """The object at an address, always the same as long as it is held."""
    with heap.lock:
        found: Struct | Array | Exception_ | None = heap.objects.get(address)
        if found is None:
            type_ = types.type(ctypes.c_uint64.from_address(address).value)
            found = heap.objects[address] = _KINDS[type(type_.comp)](type_, home, address)
        return found


def new_struct(type_: DefType, fields: Sequence[int], home: Home) -> Struct:
    """Allocate a struct of bits, and of words for references. Raises `Trap` if there is no room."""
    comp = type_.comp
    assert isinstance(comp, StructType)
    content = bytearray(offsets(comp)[-1])
    for at, field, bits in zip(offsets(comp), comp.fields, fields, strict=False):
        size = width(field.storage)
        content[at : at + size] = _bytes(bits, size)
    struct = _new(type_, content, struct_size(comp), home)
    assert isinstance(struct, Struct)
    return struct


def new_array(type_: DefType, elements: Sequence[int], times: int, home: Home) -> Array:
    """Allocate an array of bits, or of words for references, that many times.

    Raises `Trap` if there is no room, and `Interrupted`.
    """
    comp = type_.comp
    assert isinstance(comp, ArrayType)
    size = width(comp.element.storage)
    count = len(elements) * times
    head = bytearray(ELEMENTS)
    head[LENGTH : LENGTH + 4] = count.to_bytes(4, "little")
    part = b"".join([_bytes(bits, size) for bits in elements])
    array = _new(type_, head, ELEMENTS + count * size, home)
    assert isinstance(array, Array)
    _repeat(array.address + ELEMENTS, part, times)
    return array


def _bytes(bits: int, size: int) -> bytes:
    """Bits as they lie in memory; those of a packed value are of an i32, and cut."""
    return (bits & (1 << 8 * size) - 1).to_bytes(size, "little")


def _new(type_: DefType, head: bytearray, size: int, home: Home) -> Struct | Array | Exception_:
    """Allocate an object that begins with `head`, but for its type."""
    with heap.lock:
        address = heap.allocate(size)
        head[:8] = types.address(type_).to_bytes(8, "little")
        ctypes.memmove(address, bytes(head), len(head))
        return object_at(address, home)


def _repeat(address: int, part: bytes, times: int) -> None:
    """Put bytes at an address that many times, in pieces."""
    done, size = 0, len(part) * times
    while done < size:
        step = min(max(done, len(part)), _PIECE, size - done)
        ctypes.memmove(address + done, address if done else part, step)
        done += step
        innermost().poll()
