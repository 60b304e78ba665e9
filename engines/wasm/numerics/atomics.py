"""Atomic read-modify-write (the proposal "threads"): what becomes of the value in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.standard.instructions import INSTRUCTIONS

if TYPE_CHECKING:
    from collections.abc import Callable

    from engines.wasm.numerics.integers import Operation
    from harness.standard.instructions import Instruction

_MODIFY: dict[str, Callable[[int, int], int]] = {
    "add": lambda old, a: old + a,
    "sub": lambda old, a: old - a,
    "and": lambda old, a: old & a,
    "or": lambda old, a: old | a,
    "xor": lambda old, a: old ^ a,
    "xchg": lambda old, a: a,
}


def _modification(row: Instruction) -> Operation:
    mask = (1 << 8 * row.width) - 1
    name = row.name.rpartition(".")[2].removesuffix("_u")
    if name == "cmpxchg":
        # the operand is wrapped to the width of the access before it is compared
        return lambda old, expected, a: a & mask if old == expected & mask else old
    modify = _MODIFY[name]
    return lambda old, a: modify(old, a) & mask


MODIFICATIONS: dict[str, Operation] = {
    row.name: _modification(row) for row in INSTRUCTIONS.values() if ".atomic.rmw" in row.name
}
"""From the old value, unsigned and as wide as the access, and the operands to the new value, by instruction.

The instruction gives the old value.
"""
