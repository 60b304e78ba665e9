"""Types (standard, "Structure / Types"): as they stand in a module, heap types still being type indices.

Number and vector types are their names. Everything is immutable and compares by value.
"""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

I32, I64, F32, F64, V128 = "i32", "i64", "f32", "f64", "v128"
NUMBER_TYPES = (I32, I64, F32, F64)

ABSTRACT_HEAP_TYPES = (
    "func", "nofunc", "extern", "noextern", "any", "eq", "i31", "struct", "array", "none", "exn", "noexn",
)  # fmt: skip

HeapType: TypeAlias = "str | int"
"""An abstract heap type by name, or an index into the module's types."""


class RefType(NamedTuple):
    """A reference type; `(ref null? heap)`."""

    nullable: bool
    heap: Any
    """A `HeapType`; in closed types (`engines.wasm.deftypes`) the defined type itself instead of an index."""

    def __str__(self) -> str:
        return f"(ref {'null ' if self.nullable else ''}{self.heap})"


FUNCREF = RefType(True, "func")
EXTERNREF = RefType(True, "extern")

ValType: TypeAlias = "str | RefType"
PACKED_TYPES = ("i8", "i16")
StorageType: TypeAlias = ValType
"""A value type, or ``i8`` or ``i16``."""
ResultType: TypeAlias = tuple[ValType, ...]


class FuncType(NamedTuple):
    """From parameters to results."""

    params: ResultType
    results: ResultType

    def mentions(self, index: int) -> bool:
        """Whether a parameter or a result is a reference to the type of that index."""
        return any(isinstance(type_, RefType) and type_.heap == index for type_ in self.params + self.results)


class FieldType(NamedTuple):
    """A field of a struct, or the element of an array."""

    storage: StorageType
    mutable: bool


class StructType(NamedTuple):
    """Fields in order."""

    fields: tuple[FieldType, ...]


class ArrayType(NamedTuple):
    """Elements, all of one type."""

    element: FieldType


CompType: TypeAlias = FuncType | StructType | ArrayType


class SubType(NamedTuple):
    """A composite type with its declared supertypes."""

    final: bool
    supertypes: tuple[int, ...]
    comp: CompType


RecType: TypeAlias = tuple[SubType, ...]
"""A group of mutually recursive types."""


class Limits(NamedTuple):
    """Pages or entries; `address` is the type of an address: i32 or i64."""

    min: int
    max: int | None
    address: str = I32


class MemType(NamedTuple):
    """A memory; `page` is the size of a page in bytes."""

    limits: Limits
    shared: bool = False
    page: int = 65536


class TableType(NamedTuple):
    """A table."""

    limits: Limits
    ref: RefType


class GlobalType(NamedTuple):
    """A global."""

    type: ValType
    mutable: bool


class TagType(NamedTuple):
    """A tag of exceptions: the index of its function type."""

    type: int


class FuncIndex(NamedTuple):
    """An imported function: the index of its type."""

    type: int


ExternType: TypeAlias = FuncIndex | TableType | MemType | GlobalType | TagType
