"""Defined types and how types match (standard, "Validation / Types", "Validation / Matching").

In a module, a type is an index into its types. Here types are closed: in place of an index stands the
defined type itself, a `DefType`. Groups of recursive types that are the same up to their numbering get the
same objects, in all modules, so that two defined types are equal if and only if they are identical.
"""

from __future__ import annotations

import threading
import weakref
from typing import TYPE_CHECKING, Any, TypeAlias

from harness.engine import Invalid, Unsupported
from harness.standard import limits
from harness.standard.types import (
    ArrayType,
    CompType,
    FieldType,
    FuncType,
    RecType,
    RefType,
    ResultType,
    StorageType,
    StructType,
    SubType,
    ValType,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

BOTTOM = "bot"
"""As a value type: what an unreachable operand has. As a heap type: what a reference to it points to."""


class DefType:
    """A defined type, closed. Made by `roll` alone."""

    __slots__ = ("__weakref__", "_group", "_identity", "_path", "comp", "final", "supertypes")

    comp: CompType
    """Its expansion; heap types in it are closed."""
    final: bool
    supertypes: tuple[DefType, ...]
    """As declared: at most one."""

    def __init__(self, group: _Group) -> None:
        self._group = group
        self._identity = object()
        """Stands for this type where it must not be kept alive."""
        self._path: tuple[DefType, ...] = ()

    def is_subtype(self, other: DefType) -> bool:
        """Whether this is `other`, or has it among its supertypes."""
        # A type that many supertypes below the topmost one has it in this place of its path, or not at all.
        depth = len(other._path)
        path = self._path
        return len(path) >= depth and path[depth - 1] is other

    def __repr__(self) -> str:
        return f"<{self}>"

    def __str__(self) -> str:
        match self.comp:
            case FuncType(params, results):
                return f"(func [{_names(params)}] -> [{_names(results)}])"
            case StructType(fields):
                return f"(struct {_names([field.storage for field in fields])})"
            case ArrayType(element):
                return f"(array {_name(element.storage)})"


ClosedHeapType: TypeAlias = str | DefType


_SHOWN = 8


def _names(types: Sequence[StorageType]) -> str:
    return " ".join([*map(_name, types[:_SHOWN]), *(["..."] if len(types) > _SHOWN else [])])


def _name(type_: ValType) -> str:
    """Without going into other defined types."""
    if isinstance(type_, RefType) and isinstance(type_.heap, DefType):
        return str(RefType(type_.nullable, f"({_kind(type_.heap)} ...)"))
    return str(type_)


class _Group:
    """What keeps the types of a group together: they live as long as any of them."""

    __slots__ = ("__weakref__", "types")

    def __init__(self, size: int) -> None:
        self.types = [DefType(self) for _ in range(size)]


_groups: weakref.WeakValueDictionary[RecType, _Group] = weakref.WeakValueDictionary()
"""By the group, rolled up: an index into the group counts from its start, and in place of any other type
stands its `_identity`, so that nothing is kept alive from here."""
_lock = threading.Lock()


def roll(types: Sequence[RecType]) -> list[DefType]:
    """The defined types that a module's types are, in their index space.

    Raises `Invalid` for an index that is not known, or not yet.
    """
    defined: list[DefType] = []
    for rec_type in types:
        defined += _roll(rec_type, defined)
    return defined


def function_type(params: ResultType, results: ResultType) -> DefType:
    """The defined type of a function on its own; `params` and `results` are closed."""
    (defined,) = _roll((SubType(True, (), FuncType(params, results)),), [])
    return defined


def _roll(rec_type: RecType, before: list[DefType]) -> list[DefType]:
    start = len(before)
    end = start + len(rec_type)
    for position, sub_type in enumerate(rec_type):
        for index in sub_type.supertypes:
            if index >= start + position:
                raise Invalid(f"type {start + position}: unknown type {index} as supertype")

    def rolled(heap: Any) -> Any:
        if isinstance(heap, int):
            if heap >= end:
                raise Invalid(f"type {start}: unknown type {heap}")
            return heap - start if heap >= start else before[heap]._identity
        return heap._identity if isinstance(heap, DefType) else heap

    key = tuple(
        [
            SubType(final, tuple(map(rolled, supertypes)), _map_heap_types(comp, rolled))
            for final, supertypes, comp in rec_type
        ]
    )
    with _lock:
        group = _groups.get(key)
        if group is None:
            group = _groups[key] = _close(rec_type, before)
    return group.types


def _close(rec_type: RecType, before: list[DefType]) -> _Group:
    start = len(before)
    group = _Group(len(rec_type))
    types = group.types

    def closed(heap: Any) -> Any:
        if isinstance(heap, int):
            return types[heap - start] if heap >= start else before[heap]
        return heap

    for defined, (final, supertypes, comp) in zip(types, rec_type, strict=True):
        defined.final = final
        defined.supertypes = tuple(map(closed, supertypes))
        defined.comp = _map_heap_types(comp, closed)
        above = defined.supertypes[0]._path if supertypes else ()
        if len(above) > limits.SUBTYPING_DEPTH:
            raise Unsupported(f"more than {limits.SUBTYPING_DEPTH} types above each other")
        defined._path = (*above, defined)
    return group


def _map_heap_types(comp: CompType, change: Callable[[Any], Any]) -> CompType:
    """The same, with other heap types."""

    def value(type_: ValType) -> ValType:
        return RefType(type_.nullable, change(type_.heap)) if isinstance(type_, RefType) else type_

    def field(type_: FieldType) -> FieldType:
        return FieldType(value(type_.storage), type_.mutable)

    match comp:
        case FuncType(params, results):
            return FuncType(tuple(map(value, params)), tuple(map(value, results)))
        case StructType(fields):
            return StructType(tuple(map(field, fields)))
        case ArrayType(element):
            return ArrayType(field(element))


_ABOVE = {
    "none": ("i31", "struct", "array", "eq", "any"),
    "i31": ("eq", "any"),
    "struct": ("eq", "any"),
    "array": ("eq", "any"),
    "eq": ("any",),
    "nofunc": ("func",),
    "noextern": ("extern",),
    "noexn": ("exn",),
}
_KINDS = {FuncType: "func", StructType: "struct", ArrayType: "array"}
_BELOW_DEFINED = {"func": "nofunc", "struct": "none", "array": "none"}
_TOPS = {"none": "any", "i31": "any", "struct": "any", "array": "any", "eq": "any"} | {
    "nofunc": "func",
    "noextern": "extern",
    "noexn": "exn",
}


def _kind(defined: DefType) -> str:
    return _KINDS[type(defined.comp)]


def top(heap: ClosedHeapType) -> str:
    """The type above all others of the hierarchy that a heap type belongs to."""
    abstract = _kind(heap) if isinstance(heap, DefType) else heap
    return _TOPS.get(abstract, abstract)


def matches_heap(sub: ClosedHeapType, super_: ClosedHeapType) -> bool:
    """Whether a heap type is a subtype of another."""
    if sub is super_ or sub == BOTTOM:
        return True
    if isinstance(sub, DefType):
        if isinstance(super_, DefType):
            return sub.is_subtype(super_)
        kind = _kind(sub)
        return super_ == kind or super_ in _ABOVE.get(kind, ())
    if isinstance(super_, DefType):
        return sub == _BELOW_DEFINED[_kind(super_)]
    return sub == super_ or super_ in _ABOVE.get(sub, ())


def matches(sub: ValType | DefType, super_: ValType | DefType) -> bool:
    """Whether a closed value type or a defined type is a subtype of another."""
    if sub is super_ or sub == BOTTOM:
        return True
    if isinstance(sub, RefType):
        return (
            isinstance(super_, RefType)
            and (super_.nullable or not sub.nullable)
            and matches_heap(sub.heap, super_.heap)
        )
    if isinstance(sub, DefType):
        return isinstance(super_, DefType) and sub.is_subtype(super_)
    return sub == super_


def matches_result(sub: ResultType, super_: ResultType) -> bool:
    """Whether a sequence of values fits where another is wanted."""
    return sub == super_ or (len(sub) == len(super_) and all(map(matches, sub, super_)))


def _matches_field(sub: FieldType, super_: FieldType) -> bool:
    if sub.mutable or super_.mutable:
        return sub == super_
    return matches(sub.storage, super_.storage)


def matches_comp(sub: CompType, super_: CompType) -> bool:
    """Whether a closed composite type may be declared as a subtype of another."""
    match sub, super_:
        case FuncType(), FuncType():
            return matches_result(super_.params, sub.params) and matches_result(sub.results, super_.results)
        case StructType(), StructType():
            return len(sub.fields) >= len(super_.fields) and all(
                map(_matches_field, sub.fields, super_.fields)
            )
        case ArrayType(), ArrayType():
            return _matches_field(sub.element, super_.element)
        case _:
            return False
