"""A module with its types (standard, "Validation / Conventions"): context of validation, then its result."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from harness.engine import Invalid, Unsupported
from harness.standard.types import ArrayType, FuncType, RefType, StructType

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engines.wasm.deftypes import ClosedHeapType, DefType
    from harness.standard.syntax import Module
    from harness.standard.types import GlobalType, HeapType, MemType, StorageType, TableType, ValType

T = TypeVar("T")


class Where:
    """Around what is validated: errors begin with its kind and index."""

    __slots__ = ("index", "kind")

    def __init__(self, kind: str, index: int) -> None:
        self.kind = kind
        self.index = index

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if isinstance(error, Invalid | Unsupported):
            raise type(error)(f"{self.kind} {self.index}: {error}") from None


@dataclass(slots=True, eq=False)
class ValidModule:
    """A module with the types of everything in its index spaces, imports first; all of them closed.

    It is filled while the module is validated, and valid once `validate` has returned it.
    """

    module: Module
    features: frozenset[str]
    types: list[DefType] = field(default_factory=list)
    funcs: list[DefType] = field(default_factory=list)
    tables: list[TableType] = field(default_factory=list)
    memories: list[MemType] = field(default_factory=list)
    globals: list[GlobalType] = field(default_factory=list)
    tags: list[DefType] = field(default_factory=list)
    elems: list[RefType] = field(default_factory=list)
    refs: set[int] = field(default_factory=set)
    """Functions that occur outside of bodies: those that `ref.func` may refer to."""

    def close(self, type_: StorageType) -> ValType:
        """A type as it stands in the module, closed."""
        if isinstance(type_, RefType) and isinstance(type_.heap, int):
            return RefType(type_.nullable, self.type(type_.heap))
        return type_

    def close_ref(self, type_: RefType) -> RefType:
        """A reference type as it stands in the module, closed."""
        return RefType(type_.nullable, self.close_heap(type_.heap))

    def close_heap(self, heap: HeapType) -> ClosedHeapType:
        """A heap type as it stands in the module, closed."""
        return self.type(heap) if isinstance(heap, int) else heap

    def type(self, index: int) -> DefType:
        """A type."""
        return _lookup(self.types, index, "type")

    def func_type(self, index: int) -> FuncType:
        """A type that must be of functions."""
        comp = self.type(index).comp
        if not isinstance(comp, FuncType):
            raise Invalid(f"type {index} is not a function type")
        return comp

    def struct_type(self, index: int) -> StructType:
        """A type that must be of structs."""
        comp = self.type(index).comp
        if not isinstance(comp, StructType):
            raise Invalid(f"type {index} is not a structure type")
        return comp

    def array_type(self, index: int) -> ArrayType:
        """A type that must be of arrays."""
        comp = self.type(index).comp
        if not isinstance(comp, ArrayType):
            raise Invalid(f"type {index} is not an array type")
        return comp

    def func(self, index: int) -> DefType:
        """The type of a function."""
        return _lookup(self.funcs, index, "function")

    def table(self, index: int) -> TableType:
        """The type of a table."""
        return _lookup(self.tables, index, "table")

    def memory(self, index: int) -> MemType:
        """The type of a memory."""
        return _lookup(self.memories, index, "memory")

    def tag(self, index: int) -> FuncType:
        """The type of a tag."""
        comp = _lookup(self.tags, index, "tag").comp
        assert isinstance(comp, FuncType)
        return comp

    def elem(self, index: int) -> RefType:
        """The type of an element segment."""
        return _lookup(self.elems, index, "elem segment")

    def data(self, index: int) -> None:
        """A data segment must exist."""
        _lookup(self.module.datas, index, "data segment")


def _lookup(space: Sequence[T], index: int, kind: str) -> T:
    if index >= len(space):
        raise Invalid(f"unknown {kind} {index}")
    return space[index]
