"""Rules of tables, and of copying between memories (standard, "Validation / Instructions")."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engines.wasm.deftypes import matches
from harness.engine import Invalid
from harness.standard.types import I32, I64

if TYPE_CHECKING:
    from engines.wasm.validation.machine import Machine, Rule
    from harness.standard.types import RefType


def _table_get(machine: Machine, index: int) -> None:
    table = machine.context.table(index)
    machine.apply((table.limits.address,), (table.ref,))


def _table_set(machine: Machine, index: int) -> None:
    table = machine.context.table(index)
    machine.apply((table.limits.address, table.ref), ())


def _table_grow(machine: Machine, index: int) -> None:
    table = machine.context.table(index)
    machine.apply((table.ref, table.limits.address), (table.limits.address,))


def _table_fill(machine: Machine, index: int) -> None:
    table = machine.context.table(index)
    machine.apply((table.limits.address, table.ref, table.limits.address), ())


def _table_init(machine: Machine, elem: int, index: int) -> None:
    table = machine.context.table(index)
    _check_elements(machine.context.elem(elem), table.ref)
    machine.apply((table.limits.address, I32, I32), ())


def _table_copy(machine: Machine, to: int, from_: int) -> None:
    target, source = machine.context.table(to), machine.context.table(from_)
    _check_elements(source.ref, target.ref)
    _copy(machine, target.limits.address, source.limits.address)


def _memory_copy(machine: Machine, to: int, from_: int) -> None:
    target, source = machine.context.memory(to), machine.context.memory(from_)
    _copy(machine, target.limits.address, source.limits.address)


def _copy(machine: Machine, to: str, from_: str) -> None:
    """The length is of the smaller address type."""
    machine.apply((to, from_, I64 if to == from_ == I64 else I32), ())


def _check_elements(source: RefType, target: RefType) -> None:
    if not matches(source, target):
        raise Invalid(f"type mismatch: {source} into a table of {target}")


RULES: dict[str, Rule] = {
    "table.get": _table_get,
    "table.set": _table_set,
    "table.grow": _table_grow,
    "table.fill": _table_fill,
    "table.init": _table_init,
    "table.copy": _table_copy,
    "memory.copy": _memory_copy,
}
