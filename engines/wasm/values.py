"""Values on their way between the engine interface and the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engines.wasm.deftypes import DefType, matches_heap, top
from engines.wasm.store import ExternRef
from harness.engine import Value
from harness.standard.types import ABSTRACT_HEAP_TYPES, FuncType, RefType, StructType

if TYPE_CHECKING:
    from engines.wasm.deftypes import ClosedHeapType
    from engines.wasm.store import Reference, RuntimeValue
    from harness.standard.types import ValType

WIDTHS = {"i32": 32, "i64": 64, "f32": 32, "f64": 64, "v128": 128}


def value_type(name: str) -> ValType:
    """The type that a host function's signature names: ``i32``, ``v128``, ``funcref``, ``externref`` ..."""
    if name in WIDTHS:
        return name
    if name.endswith("ref") and name[:-3] in ABSTRACT_HEAP_TYPES:
        return RefType(True, name[:-3])
    raise ValueError(f"{name!r} is not a type: {', '.join(WIDTHS)}, or one such as externref")


def heap_type(reference: Reference) -> ClosedHeapType:
    """The type of what a reference that is not null points to."""
    match reference:
        case ExternRef():
            return "extern"
        case int():
            return "i31"
        case _:
            type_: ClosedHeapType = reference.type
            return type_


def points_to(reference: Reference, heap: ClosedHeapType) -> bool:
    """Whether a reference that is not null may be held as a reference to `heap`."""
    type_ = heap_type(reference)
    if heap == "any" and type_ == "extern":
        return True
    if heap == "extern" and top(type_) == "any":
        return True
    return matches_heap(type_, heap)


def kind(heap: ClosedHeapType) -> str:
    """The abstract heap type that a closed heap type is, or belongs to."""
    match heap:
        case str():
            return heap
        case DefType(comp=FuncType()):
            return "func"
        case DefType(comp=StructType()):
            return "struct"
        case _:
            return "array"


class Handles:
    """The numbers under which the host knows references to what lives in the store.

    Everything handed out stays alive as long as this does, so that a handle is always good.
    """

    def __init__(self) -> None:
        self._objects: list[Reference] = []
        self._numbers: dict[int, int] = {}

    def number(self, reference: Reference) -> int:
        """The handle of `reference`, always the same."""
        number = self._numbers.setdefault(id(reference), len(self._objects))
        if number == len(self._objects):
            self._objects.append(reference)
        return number

    def reference(self, number: int) -> Reference:
        """What was handed out under `number`; raises TypeError if nothing was."""
        if number >= len(self._objects):
            raise TypeError(f"{number} is not the handle of any reference")
        return self._objects[number]

    def _reference(self, type_: str, bits: int) -> Reference:
        match type_:
            case "extern":
                return ExternRef(bits)
            case "i31":
                return bits & 0x7FFF_FFFF
            case _:
                return self.reference(bits)

    def to_host(self, value: RuntimeValue, type_: ValType) -> Value:
        """A runtime value of a closed type, for the host."""
        if isinstance(type_, str):
            return Value(type_, value)
        if value is None:
            return Value(kind(type_.heap), None)
        match value:
            case ExternRef(number):
                return Value("extern", number)
            case int():
                return Value("i31", value)
            case _:
                return Value(kind(heap_type(value)), self.number(value))

    def from_host(self, value: Value, type_: ValType) -> RuntimeValue:
        """A value of the host as a runtime value of a closed type; raises TypeError if it is none."""
        if isinstance(type_, str):
            if value.type == type_ and value.bits is not None and 0 <= value.bits < 1 << WIDTHS[type_]:
                return value.bits
        elif value.bits is None:
            if type_.nullable and value.type in ABSTRACT_HEAP_TYPES:
                return None
        else:
            reference = self._reference(value.type, value.bits)
            if points_to(reference, type_.heap):
                return reference
        raise TypeError(f"{value} is not of type {type_}")
