"""Rules of the instructions whose type stands in the table of instructions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeAlias

from harness.engine import Invalid
from harness.standard.instructions import ADDRESS, INSTRUCTIONS, Instruction
from harness.standard.types import I32, I64

if TYPE_CHECKING:
    from collections.abc import Callable

    from engines.wasm.validation.context import ValidModule
    from engines.wasm.validation.machine import Machine, Rule
    from harness.standard.instructions import OperandTypes
    from harness.standard.syntax import MemArg

Check: TypeAlias = "Callable[[ValidModule, Any], str]"
"""Checks one immediate; gives the address type of the memory or table that it names, if any."""

_VECTOR = 16
"""Bytes of a vector, so lanes of bytes."""


def _lane_check(row: Instruction) -> Check:
    shape = re.match(r"[if]\d+x(\d+)", row.name)
    lanes = int(shape.group(1)) if shape else _VECTOR // row.width

    def check(context: ValidModule, lane: int) -> str:
        if lane >= lanes:
            raise Invalid(f"invalid lane index {lane}")
        return ""

    return check


def _check_shuffle(context: ValidModule, lanes: tuple[int, ...]) -> str:
    if max(lanes) >= 2 * _VECTOR:
        raise Invalid(f"invalid lane index {max(lanes)}")
    return ""


def _memarg_check(row: Instruction) -> Check:
    natural = row.width.bit_length() - 1
    atomic = row.feature == "threads"

    def check(context: ValidModule, memarg: MemArg) -> str:
        align, offset, memory = memarg
        address = context.memory(memory).limits.address
        if align > natural:
            raise Invalid("alignment must not be larger than natural")
        if atomic and align != natural:
            raise Invalid("alignment of an atomic access must be natural")
        if offset >> 32 and address == I32:
            raise Invalid(f"offset out of range: {offset} in a memory with 32-bit addresses")
        return address

    return check


def _check_memory(context: ValidModule, index: int) -> str:
    return context.memory(index).limits.address


def _check_table(context: ValidModule, index: int) -> str:
    return context.table(index).limits.address


def _check_data(context: ValidModule, index: int) -> str:
    context.data(index)
    return ""


def _check_elem(context: ValidModule, index: int) -> str:
    context.elem(index)
    return ""


_CHECKS: dict[str, Check] = {
    "memidx": _check_memory,
    "tableidx": _check_table,
    "dataidx": _check_data,
    "elemidx": _check_elem,
    "lanes": _check_shuffle,
}
_FREE = ("i32", "i64", "f32", "f64", "v128", "ordering")
"""Immediates that there is nothing to check of."""


def _check_of(row: Instruction, kind: str) -> Check:
    if kind == "memarg":
        return _memarg_check(row)
    if kind == "lane":
        return _lane_check(row)
    return _CHECKS[kind]


def _with_address(types: OperandTypes, address: str) -> OperandTypes:
    return tuple([address if type_ == ADDRESS else type_ for type_ in types])


def _rule(row: Instruction, params: OperandTypes, results: OperandTypes) -> Rule:
    checks = [_check_of(row, kind) for kind in row.immediates]
    types = {
        address: (_with_address(params, address), _with_address(results, address))
        for address in (I32, I64, "")
    }
    if len(checks) == 1:
        (only,) = checks

        def rule_of_one(machine: Machine, immediate: object) -> None:
            machine.apply(*types[only(machine.context, immediate)])

        return rule_of_one

    def rule(machine: Machine, *immediates: object) -> None:
        address = ""
        for check, immediate in zip(checks, immediates, strict=True):
            address = check(machine.context, immediate) or address
        machine.apply(*types[address])

    return rule


PLAIN: dict[Instruction, tuple[OperandTypes, OperandTypes]] = {}
"""Parameters and results of the instructions of which nothing else has to be checked."""
RULES: dict[str, Rule] = {}


def _sort() -> None:
    for row in INSTRUCTIONS.values():
        if row.params is not None and row.results is not None:
            if set(row.immediates) <= set(_FREE):
                PLAIN[row] = (row.params, row.results)
            else:
                RULES[row.name] = _rule(row, row.params, row.results)


_sort()
