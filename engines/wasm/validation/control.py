"""Rules of control instructions (standard, "Validation / Instructions / Control Instructions")."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from engines.wasm.deftypes import matches, matches_result
from harness.engine import Invalid
from harness.standard.instructions import INSTRUCTIONS
from harness.standard.types import FUNCREF, I32, FuncType, RefType

if TYPE_CHECKING:
    from engines.wasm.validation.machine import Machine, Rule
    from harness.standard.syntax import BlockType, Catch
    from harness.standard.types import ResultType, ValType

_BLOCK, _LOOP, _IF, _ELSE, _TRY_TABLE = (
    INSTRUCTIONS[name] for name in ("block", "loop", "if", "else", "try_table")
)
EXNREF = RefType(True, "exn")
_EXN = RefType(False, "exn")


def _unreachable(machine: Machine) -> None:
    machine.unreachable()


def _block(machine: Machine, block_type: BlockType) -> None:
    type_ = machine.block_type(block_type)
    machine.pop_all(type_.params)
    machine.push_frame(_BLOCK, type_)


def _loop(machine: Machine, block_type: BlockType) -> None:
    type_ = machine.block_type(block_type)
    machine.pop_all(type_.params)
    machine.push_frame(_LOOP, type_)


def _if(machine: Machine, block_type: BlockType) -> None:
    type_ = machine.block_type(block_type)
    machine.pop_expecting(I32)
    machine.pop_all(type_.params)
    machine.push_frame(_IF, type_)


def _else(machine: Machine) -> None:
    frame = machine.pop_frame()
    if frame.opener is not _IF:
        raise Invalid("else without if")
    machine.push_frame(_ELSE, FuncType(frame.start, frame.end))


def _end(machine: Machine) -> None:
    frame = machine.pop_frame()
    if frame.opener is _IF and not matches_result(frame.start, frame.end):
        raise Invalid("type mismatch: an if without else must have results like its parameters")
    if machine.frames:
        machine.push_all(frame.end)


def _try_table(machine: Machine, block_type: BlockType, catches: tuple[Catch, ...]) -> None:
    type_ = machine.block_type(block_type)
    machine.pop_all(type_.params)
    for catch in catches:
        caught: ResultType = () if catch.tag is None else machine.context.tag(catch.tag).params
        if catch.kind in ("catch_ref", "catch_all_ref"):
            caught = (*caught, _EXN)
        if not matches_result(caught, machine.label(catch.label)):
            raise Invalid(f"type mismatch: {catch.kind} does not fit the label {catch.label}")
    machine.push_frame(_TRY_TABLE, type_)


def _throw(machine: Machine, tag: int) -> None:
    machine.pop_all(machine.context.tag(tag).params)
    machine.unreachable()


def _throw_ref(machine: Machine) -> None:
    machine.pop_expecting(EXNREF)
    machine.unreachable()


def _br(machine: Machine, label: int) -> None:
    machine.pop_all(machine.label(label))
    machine.unreachable()


def _br_if(machine: Machine, label: int) -> None:
    types = machine.label(label)
    machine.pop_expecting(I32)
    machine.apply(types, types)


def _br_table(machine: Machine, labels: tuple[int, ...], default: int) -> None:
    machine.pop_expecting(I32)
    types = machine.label(default)
    for label in set(labels):
        other = machine.label(label)
        if len(other) != len(types):
            raise Invalid(
                f"type mismatch: the labels {label} and {default} take different numbers of operands"
            )
        machine.expect_all(other)
    machine.pop_all(types)
    machine.unreachable()


def _br_on_null(machine: Machine, label: int) -> None:
    types = machine.label(label)
    ref = machine.pop_ref()
    machine.apply(types, types)
    machine.push(RefType(False, ref.heap))


def _br_on_non_null(machine: Machine, label: int) -> None:
    types, last = _ending_in_ref(machine, label)
    ref = machine.pop_ref()
    _match(RefType(False, ref.heap), last)
    machine.apply(types, types)


def _br_on_cast(machine: Machine, label: int, before: RefType, after: RefType, *, fail: bool) -> None:
    before, after = machine.context.close_ref(before), machine.context.close_ref(after)
    _match(after, before)
    rest = RefType(before.nullable and not after.nullable, before.heap)
    types, last = _ending_in_ref(machine, label)
    taken, left = (rest, after) if fail else (after, rest)
    _match(taken, last)
    machine.pop_expecting(before)
    machine.apply(types, types)
    machine.push(left)


def _ending_in_ref(machine: Machine, label: int) -> tuple[ResultType, RefType]:
    """What a label takes, and then a reference."""
    types = machine.label(label)
    last = types[-1] if types else None
    if not isinstance(last, RefType):
        raise Invalid(f"type mismatch: the label {label} does not take a reference last")
    return types[:-1], last


def _match(sub: ValType, super_: ValType) -> None:
    if not matches(sub, super_):
        raise Invalid(f"type mismatch: {super_} expected, found {sub}")


def _return(machine: Machine) -> None:
    machine.pop_all(machine.results)
    machine.unreachable()


def _call(machine: Machine, func: int) -> None:
    comp = machine.context.func(func).comp
    assert isinstance(comp, FuncType)
    machine.apply(*comp)


def _call_indirect(machine: Machine, type_: int, table: int) -> None:
    machine.apply(*_indirect(machine, type_, table))


def _call_ref(machine: Machine, type_: int) -> None:
    machine.apply(*_through_ref(machine, type_))


def _indirect(machine: Machine, type_: int, table: int) -> FuncType:
    table_type = machine.context.table(table)
    if not matches(table_type.ref, FUNCREF):
        raise Invalid(f"type mismatch: table {table} has no functions")
    func_type = machine.context.func_type(type_)
    machine.pop_expecting(table_type.limits.address)
    return func_type


def _through_ref(machine: Machine, type_: int) -> FuncType:
    func_type = machine.context.func_type(type_)
    machine.pop_expecting(RefType(True, machine.context.type(type_)))
    return func_type


def _return_call(machine: Machine, func: int) -> None:
    comp = machine.context.func(func).comp
    assert isinstance(comp, FuncType)
    _tail_call(machine, comp)


def _return_call_indirect(machine: Machine, type_: int, table: int) -> None:
    _tail_call(machine, _indirect(machine, type_, table))


def _return_call_ref(machine: Machine, type_: int) -> None:
    _tail_call(machine, _through_ref(machine, type_))


def _tail_call(machine: Machine, callee: FuncType) -> None:
    if not matches_result(callee.results, machine.results):
        raise Invalid("type mismatch: the results of a tail call must be those of the function")
    machine.pop_all(callee.params)
    machine.unreachable()


RULES: dict[str, Rule] = {
    "unreachable": _unreachable,
    "block": _block,
    "loop": _loop,
    "if": _if,
    "else": _else,
    "end": _end,
    "try_table": _try_table,
    "throw": _throw,
    "throw_ref": _throw_ref,
    "br": _br,
    "br_if": _br_if,
    "br_table": _br_table,
    "br_on_null": _br_on_null,
    "br_on_non_null": _br_on_non_null,
    "br_on_cast": partial(_br_on_cast, fail=False),
    "br_on_cast_fail": partial(_br_on_cast, fail=True),
    "return": _return,
    "call": _call,
    "call_indirect": _call_indirect,
    "call_ref": _call_ref,
    "return_call": _return_call,
    "return_call_indirect": _return_call_indirect,
    "return_call_ref": _return_call_ref,
}
