"""Table instructions. References are eight bytes, so pieces are an eighth of those in memories."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engines.wasm.instantiation import CHUNK
from harness.engine import Trap, TrapKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from engines.interp.frame import Frame, Operation
    from engines.interp.scope import Scope

PIECE = CHUNK // 8


def table_get(scope: Scope, index: int) -> Operation:
    """Push an entry."""
    entries = scope.table(index).entries

    def operation(frame: Frame) -> None:
        try:
            frame[-1] = entries[frame[-1]]
        except IndexError:
            raise Trap(TrapKind.TABLE_BOUNDS) from None

    return operation


def table_set(scope: Scope, index: int) -> Operation:
    """Set an entry."""
    entries = scope.table(index).entries

    def operation(frame: Frame) -> None:
        value = frame.pop()
        try:
            entries[frame.pop()] = value
        except IndexError:
            raise Trap(TrapKind.TABLE_BOUNDS) from None

    return operation


def table_size(scope: Scope, index: int) -> Operation:
    """Push the number of entries."""
    entries = scope.table(index).entries

    def operation(frame: Frame) -> None:
        frame.append(len(entries))

    return operation


def table_grow(scope: Scope, index: int) -> Operation:
    """Add entries; push the number before, or -1."""
    table = scope.table(index)
    failed = (1 << (32 if table.type.limits.address == "i32" else 64)) - 1

    def operation(frame: Frame) -> None:
        delta = frame.pop()
        before = table.grow(delta, frame[-1], frame[0])
        frame[-1] = failed if before is None else before

    return operation


def table_fill(scope: Scope, index: int) -> Operation:
    """Set entries to a value."""
    entries = scope.table(index).entries

    def operation(frame: Frame) -> None:
        activation = frame[0]
        count, value, start = frame.pop(), frame.pop(), frame.pop()
        end = start + count
        if end > len(entries):
            raise Trap(TrapKind.TABLE_BOUNDS)
        for at in range(start, end, PIECE):
            activation.poll()
            size = min(PIECE, end - at)
            entries[at : at + size] = [value] * size

    return operation


def table_copy(scope: Scope, target_index: int, source_index: int) -> Operation:
    """Copy entries, as if by way of a buffer."""
    target, source = scope.table(target_index).entries, scope.table(source_index).entries

    def operation(frame: Frame) -> None:
        activation = frame[0]
        count, start, to = frame.pop(), frame.pop(), frame.pop()
        if start + count > len(source) or to + count > len(target):
            raise Trap(TrapKind.TABLE_BOUNDS)
        pieces = range(0, count, PIECE)
        # Where a piece is overwritten before its turn, the last goes first.
        for at in pieces if to <= start else reversed(pieces):
            activation.poll()
            size = min(PIECE, count - at)
            target[to + at : to + at + size] = source[start + at : start + at + size]

    return operation


def table_init(scope: Scope, segment: int, index: int) -> Operation:
    """Copy entries from an element segment."""
    entries, elems = scope.table(index).entries, scope.instance.elems

    def operation(frame: Frame) -> None:
        activation = frame[0]
        source = elems[segment]
        count, start, to = frame.pop(), frame.pop(), frame.pop()
        if start + count > len(source) or to + count > len(entries):
            raise Trap(TrapKind.TABLE_BOUNDS)
        for at in range(0, count, PIECE):
            activation.poll()
            size = min(PIECE, count - at)
            entries[to + at : to + at + size] = source[start + at : start + at + size]

    return operation


def elem_drop(scope: Scope, segment: int) -> Operation:
    """Forget an element segment."""
    elems = scope.instance.elems

    def operation(frame: Frame) -> None:
        elems[segment] = ()

    return operation


MAKERS: dict[str, Callable[..., Operation]] = {
    "table.get": table_get,
    "table.set": table_set,
    "table.size": table_size,
    "table.grow": table_grow,
    "table.fill": table_fill,
    "table.copy": table_copy,
    "table.init": table_init,
    "elem.drop": elem_drop,
}
