"""Rules of parametric, variable and reference instructions (standard, "Validation / Instructions")."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from engines.wasm.deftypes import BOTTOM, top
from harness.engine import Invalid
from harness.standard.types import I32, RefType

if TYPE_CHECKING:
    from engines.wasm.validation.machine import Machine, Rule
    from harness.standard.types import GlobalType, HeapType, ValType


def _drop(machine: Machine) -> None:
    machine.pop()


def _select(machine: Machine) -> None:
    machine.pop_expecting(I32)
    second, first = machine.pop(), machine.pop()
    if isinstance(first, RefType) or isinstance(second, RefType):
        raise Invalid("type mismatch: select without type takes numbers and vectors only")
    if first != second and BOTTOM not in (first, second):
        raise Invalid(f"type mismatch: select between {first} and {second}")
    machine.push(second if first == BOTTOM else first)


def _select_typed(machine: Machine, types: tuple[ValType, ...]) -> None:
    if len(types) != 1:
        raise Invalid(f"invalid result arity: select with {len(types)} types")
    type_ = machine.context.close(types[0])
    machine.apply((type_, type_, I32), (type_,))


def _local_type(machine: Machine, index: int) -> ValType:
    if index >= len(machine.locals):
        raise Invalid(f"unknown local {index}")
    return machine.locals[index]


def _local_get(machine: Machine, index: int) -> None:
    machine.stack.append(_local_type(machine, index))
    if index in machine.unset:
        raise Invalid(f"uninitialized local {index}")


def _local_set(machine: Machine, index: int) -> None:
    machine.pop_expecting(_local_type(machine, index))
    machine.initialise(index)


def _local_tee(machine: Machine, index: int) -> None:
    type_ = _local_type(machine, index)
    machine.pop_expecting(type_)
    machine.push(type_)
    machine.initialise(index)


def _global_type(machine: Machine, index: int) -> GlobalType:
    if index >= len(machine.globals):
        raise Invalid(f"unknown global {index}")
    return machine.globals[index]


def _global_get(machine: Machine, index: int) -> None:
    machine.push(_global_type(machine, index).type)


def _global_set(machine: Machine, index: int) -> None:
    type_ = _global_type(machine, index)
    if not type_.mutable:
        raise Invalid(f"immutable global: {index} cannot be set")
    machine.pop_expecting(type_.type)


def _ref_null(machine: Machine, heap: HeapType) -> None:
    machine.push(RefType(True, machine.context.close_heap(heap)))


def _ref_is_null(machine: Machine) -> None:
    machine.pop_ref()
    machine.push(I32)


def _ref_as_non_null(machine: Machine) -> None:
    machine.push(RefType(False, machine.pop_ref().heap))


def _ref_func(machine: Machine, func: int) -> None:
    type_ = machine.context.func(func)
    if func not in machine.context.refs:
        raise Invalid(f"undeclared function reference {func}")
    machine.push(RefType(False, type_))


def _ref_test(machine: Machine, heap: HeapType) -> None:
    machine.pop_expecting(RefType(True, top(machine.context.close_heap(heap))))
    machine.push(I32)


def _ref_cast(machine: Machine, heap: HeapType, *, nullable: bool) -> None:
    closed = machine.context.close_heap(heap)
    machine.pop_expecting(RefType(True, top(closed)))
    machine.push(RefType(nullable, closed))


def _convert(machine: Machine, *, before: str, after: str) -> None:
    ref = machine.pop_expecting(RefType(True, before))
    machine.push(RefType(isinstance(ref, RefType) and ref.nullable, after))


RULES: dict[str, Rule] = {
    "drop": _drop,
    "select": _select,
    "select_t": _select_typed,
    "local.get": _local_get,
    "local.set": _local_set,
    "local.tee": _local_tee,
    "global.get": _global_get,
    "global.set": _global_set,
    "ref.null": _ref_null,
    "ref.is_null": _ref_is_null,
    "ref.as_non_null": _ref_as_non_null,
    "ref.func": _ref_func,
    "ref.test": _ref_test,
    "ref.test_null": _ref_test,
    "ref.cast": partial(_ref_cast, nullable=False),
    "ref.cast_null": partial(_ref_cast, nullable=True),
    "any.convert_extern": partial(_convert, before="extern", after="any"),
    "extern.convert_any": partial(_convert, before="any", after="extern"),
}
