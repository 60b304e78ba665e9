"""Atomic instructions (the proposal "threads"). The lock of the memory makes them so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engines.interp.instructions.memory import fetch, put
from engines.interp.instructions.parametric import nop
from engines.wasm.numerics import MODIFICATIONS
from harness.engine import Trap, TrapKind
from harness.standard.instructions import INSTRUCTIONS

if TYPE_CHECKING:
    from collections.abc import Callable

    from engines.interp.frame import Frame, Operation
    from engines.interp.scope import Scope
    from harness.standard.instructions import Instruction
    from harness.standard.syntax import MemArg


def load(row: Instruction) -> Callable[..., Operation]:
    """Atomic loads."""
    width = row.width

    def maker(scope: Scope, memarg: MemArg) -> Operation:
        memory, offset = scope.memory(memarg.memory), memarg.offset

        def operation(frame: Frame) -> None:
            address = _aligned(frame[-1] + offset, width)
            with memory.lock:
                frame[-1] = fetch(memory.data, address, width)

        return operation

    return maker


def store(row: Instruction) -> Callable[..., Operation]:
    """Atomic stores of the lower bits of an integer."""
    width = row.width
    mask = (1 << 8 * width) - 1

    def maker(scope: Scope, memarg: MemArg) -> Operation:
        memory, offset = scope.memory(memarg.memory), memarg.offset

        def operation(frame: Frame) -> None:
            bits = frame.pop() & mask
            address = _aligned(frame.pop() + offset, width)
            with memory.lock:
                put(memory.data, address, width, bits)

        return operation

    return maker


def modify(row: Instruction) -> Callable[..., Operation]:
    """Read, modify, write: the value before is the result."""
    width = row.width
    assert row.params is not None
    operands = slice(1 - len(row.params), None)
    modification = MODIFICATIONS[row.name]

    def maker(scope: Scope, memarg: MemArg) -> Operation:
        memory, offset = scope.memory(memarg.memory), memarg.offset

        def operation(frame: Frame) -> None:
            values = frame[operands]
            del frame[operands]
            address = _aligned(frame[-1] + offset, width)
            with memory.lock:
                before = fetch(memory.data, address, width)
                put(memory.data, address, width, modification(before, *values))
            frame[-1] = before

        return operation

    return maker


def wait(row: Instruction) -> Callable[..., Operation]:
    """Sleep until notified, if memory holds the expected value."""
    width = row.width

    def maker(scope: Scope, memarg: MemArg) -> Operation:
        memory, offset = scope.memory(memarg.memory), memarg.offset

        def operation(frame: Frame) -> None:
            timeout = frame.pop()
            expected: int = frame.pop()
            address = _aligned(frame[-1] + offset, width)
            if not memory.type.shared:
                raise Trap(TrapKind.EXPECTED_SHARED_MEMORY)

            def holds() -> bool:
                with memory.lock:
                    return fetch(memory.data, address, width) == expected

            frame[-1] = memory.waiting.wait(address, holds, timeout, frame[0])

        return operation

    return maker


def notify(scope: Scope, memarg: MemArg) -> Operation:
    """Wake some of those who wait."""
    memory, offset = scope.memory(memarg.memory), memarg.offset

    def operation(frame: Frame) -> None:
        count = frame.pop()
        address = _aligned(frame[-1] + offset, 4)
        fetch(memory.data, address, 4)
        frame[-1] = memory.waiting.notify(address, count)

    return operation


def fence(scope: Scope, ordering: int) -> Operation:
    """Nothing is ever reordered."""
    return nop


def _aligned(address: int, width: int) -> int:
    if address % width:
        raise Trap(TrapKind.UNALIGNED_ATOMIC)
    return address


def _maker(row: Instruction) -> Callable[..., Operation]:
    match row.name.split("."):
        case [_, "atomic", "rmw" | "rmw8" | "rmw16" | "rmw32", _]:
            return modify(row)
        case [_, "atomic", kind] if kind.startswith("load"):
            return load(row)
        case [_, "atomic", kind] if kind.startswith("store"):
            return store(row)
        case [_, "atomic", "wait32" | "wait64"]:
            return wait(row)
        case [_, "atomic", "notify"]:
            return notify
        case _:
            return fence


MAKERS: dict[str, Callable[..., Operation]] = {
    row.name: _maker(row) for row in INSTRUCTIONS.values() if row.feature == "threads"
}
