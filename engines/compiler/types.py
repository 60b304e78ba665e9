"""Defined types as generated code knows them: records to compare by address, and where fields lie.

The record of a type is, at its address, how many types there are above it, then the addresses of their
records, the topmost first, and its own: a type is a subtype of another if the record of the other is in the
place that its depth gives. What the collector of garbage wants to know of structs and arrays stands before
that: see `Shape`.
"""

from __future__ import annotations

import ctypes
import functools
import threading
import weakref
from typing import TYPE_CHECKING, Any

from engines.wasm.deftypes import top
from harness.standard.types import ArrayType, FieldType, FuncType, RefType, StructType

if TYPE_CHECKING:
    from engines.wasm.deftypes import DefType
    from harness.standard.types import CompType, StorageType, ValType

WIDTHS = {"i8": 1, "i16": 2, "i32": 4, "i64": 8, "f32": 4, "f64": 8, "v128": 16}
"""Bytes that a value takes in a struct, an array or a data segment."""
_REFERENCE = 8
GRANULE = 16
"""Bytes; sizes of objects are multiples of it, and so are their addresses."""
ARRAY = 1
"""The lowest bit of the shape of an array."""
ELEMENTS = 16
"""Offset of the first element of an array."""
LENGTH = 8
"""Offset of the length of an array, an i32."""


class Shape(ctypes.Structure):
    """What stands before the record of a type: how large its objects are, and where they hold references.

    `size` of a struct is in bytes; of an array, the binary logarithm of the size of an element is in the
    second byte, `ARRAY` in the first, and the third is 1 if elements are references. `references` points to
    how many fields of a struct are references, and their offsets. `live` is set where the collector finds an
    object of the type.
    """

    _fields_ = (("live", ctypes.c_uint64), ("references", ctypes.c_uint64), ("size", ctypes.c_uint64))


SHAPE, REFERENCES, LIVE = (
    field.offset - ctypes.sizeof(Shape) for field in (Shape.size, Shape.references, Shape.live)
)
"""Offsets of the fields of a shape from the record."""


def holds_objects(type_: ValType) -> bool:
    """Whether values of a type may be references to the heap."""
    return isinstance(type_, RefType) and top(type_.heap) != "func"


def width(storage: StorageType) -> int:
    """How many bytes a value of the type takes."""
    return _REFERENCE if isinstance(storage, RefType) else WIDTHS[storage]


@functools.lru_cache(maxsize=4096)
def offsets(struct: StructType) -> tuple[int, ...]:
    """Where the fields of a struct lie, and last where they end; those of its supertypes lie alike."""
    places = []
    end = _REFERENCE
    for field in struct.fields:
        size = width(field.storage)
        # No value is aligned to more than eight bytes.
        alignment = min(size, 8)
        end += -end % alignment
        places.append(end)
        end += size
    return (*places, end)


def struct_size(struct: StructType) -> int:
    """Bytes that a struct takes in the heap."""
    end = offsets(struct)[-1]
    return end + -end % GRANULE


@functools.lru_cache(maxsize=4096)
def exception_struct(tag: FuncType) -> StructType:
    """What an exception is in the heap: the number of its tag, then its values.

    Its type is that of the tag.
    """
    return StructType((FieldType("i64", False), *(FieldType(param, False) for param in tag.params)))


def _shape(comp: CompType) -> tuple[int, list[int]]:
    """The size of a shape, and offsets of references."""
    match comp:
        case StructType(fields):
            places = zip(offsets(comp), fields, strict=False)
            return struct_size(comp), [at for at, field in places if isinstance(field.storage, RefType)]
        case ArrayType(element):
            logarithm = width(element.storage).bit_length() - 1
            return ARRAY | logarithm << 8 | isinstance(element.storage, RefType) << 16, []
        case FuncType():
            return _shape(exception_struct(comp))


class _Types:
    """The records."""

    def __init__(self) -> None:
        self._records: weakref.WeakKeyDictionary[DefType, Any] = weakref.WeakKeyDictionary()
        self._types: weakref.WeakValueDictionary[int, DefType] = weakref.WeakValueDictionary()
        self._lock = threading.RLock()

    def address(self, type_: DefType) -> int:
        """Of the record of a type; it stays as long as the type does."""
        with self._lock:
            record = self._records.get(type_)
            if record is None:
                record = self._records[type_] = self._make(type_)
                self._types[ctypes.addressof(record) + ctypes.sizeof(Shape)] = type_
            return ctypes.addressof(record) + ctypes.sizeof(Shape)

    def _make(self, type_: DefType) -> ctypes.Array[ctypes.c_uint64]:
        path = supertypes(type_)
        size, references = _shape(type_.comp)
        start = ctypes.sizeof(Shape) // 8
        tail = [len(references), *references]
        record = (ctypes.c_uint64 * (start + len(path) + 2 + len(tail)))(
            0, 0, size, len(path), *map(self.address, path), 0, *tail
        )
        own = ctypes.addressof(record)
        record[start + len(path) + 1] = own + 8 * start
        record[1] = own + 8 * (start + len(path) + 2)
        return record

    def type(self, address: int) -> DefType:
        """The type with that record."""
        return self._types[address]

    def shape(self, type_: DefType) -> Shape:
        """What stands before the record of a type."""
        return Shape.from_address(self.address(type_) - ctypes.sizeof(Shape))


def supertypes(type_: DefType) -> list[DefType]:
    """The types above a type, the topmost first."""
    above: list[DefType] = []
    while type_.supertypes:
        type_ = type_.supertypes[0]
        above.insert(0, type_)
    return above


types = _Types()
