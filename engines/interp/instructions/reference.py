"""Reference instructions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engines.wasm.values import points_to
from harness.engine import Trap, TrapKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from engines.interp.frame import Frame, Operation
    from engines.interp.scope import Scope
    from engines.wasm.deftypes import ClosedHeapType
    from engines.wasm.store import Reference
    from harness.standard.types import HeapType, RefType


def ref_is_null(frame: Frame) -> None:
    """Whether the operand is null."""
    frame[-1] = 1 if frame[-1] is None else 0


def ref_as_non_null(frame: Frame) -> None:
    """Trap if the operand is null."""
    if frame[-1] is None:
        raise Trap(TrapKind.NULL_REFERENCE)


def ref_eq(frame: Frame) -> None:
    """Whether two operands are the same reference; those of i31 are if their values are."""
    right = frame.pop()
    frame[-1] = 1 if frame[-1] == right else 0


def ref_i31(frame: Frame) -> None:
    """Make an i31."""
    frame[-1] &= 0x7FFF_FFFF


def i31_get_u(frame: Frame) -> None:
    """The value of an i31."""
    if frame[-1] is None:
        raise Trap(TrapKind.NULL_I31)


def i31_get_s(frame: Frame) -> None:
    """The value of an i31, its sign extended."""
    if frame[-1] is None:
        raise Trap(TrapKind.NULL_I31)
    frame[-1] = ((frame[-1] ^ 0x4000_0000) - 0x4000_0000) & 0xFFFF_FFFF


def convert(frame: Frame) -> None:
    """Make a reference external or internal: it stays what it is."""


OPERATIONS: dict[str, Operation] = {
    "ref.is_null": ref_is_null,
    "ref.as_non_null": ref_as_non_null,
    "ref.eq": ref_eq,
    "ref.i31": ref_i31,
    "i31.get_u": i31_get_u,
    "i31.get_s": i31_get_s,
    "any.convert_extern": convert,
    "extern.convert_any": convert,
}


def ref_null(scope: Scope, heap: HeapType) -> Operation:
    """Push null."""

    def operation(frame: Frame) -> None:
        frame.append(None)

    return operation


def ref_func(scope: Scope, index: int) -> Operation:
    """Push a reference to a function."""
    function = scope.function(index)

    def operation(frame: Frame) -> None:
        frame.append(function)

    return operation


def _test(nullable: bool) -> Callable[[Scope, HeapType], Operation]:
    def ref_test(scope: Scope, heap: HeapType) -> Operation:
        """Whether the operand is of a type."""
        matches = _matching(scope.heap_type(heap), nullable)

        def operation(frame: Frame) -> None:
            frame[-1] = 1 if matches(frame[-1]) else 0

        return operation

    return ref_test


def _cast(nullable: bool) -> Callable[[Scope, HeapType], Operation]:
    def ref_cast(scope: Scope, heap: HeapType) -> Operation:
        """Trap unless the operand is of a type."""
        matches = _matching(scope.heap_type(heap), nullable)

        def operation(frame: Frame) -> None:
            if not matches(frame[-1]):
                raise Trap(TrapKind.CAST_FAILURE)

        return operation

    return ref_cast


def br_on_cast(scope: Scope, label: int, source: RefType, target: RefType) -> Operation:
    """Branch if the operand is of the target type."""
    matches = _matching(scope.heap_type(target.heap), target.nullable)

    def operation(frame: Frame) -> int | None:
        return label if matches(frame[-1]) else None

    return operation


def br_on_cast_fail(scope: Scope, label: int, source: RefType, target: RefType) -> Operation:
    """Branch unless the operand is of the target type."""
    matches = _matching(scope.heap_type(target.heap), target.nullable)

    def operation(frame: Frame) -> int | None:
        return None if matches(frame[-1]) else label

    return operation


def _matching(heap: ClosedHeapType, nullable: bool) -> Callable[[Reference], bool]:
    """Whether a reference is of this type."""

    def matches(reference: Reference) -> bool:
        return nullable if reference is None else points_to(reference, heap)

    return matches


MAKERS: dict[str, Callable[..., Operation]] = {
    "ref.null": ref_null,
    "ref.func": ref_func,
    "ref.test": _test(nullable=False),
    "ref.test_null": _test(nullable=True),
    "ref.cast": _cast(nullable=False),
    "ref.cast_null": _cast(nullable=True),
    "br_on_cast": br_on_cast,
    "br_on_cast_fail": br_on_cast_fail,
}
