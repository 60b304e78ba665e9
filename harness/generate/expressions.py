"""Strategies for typed expressions over all instructions of the table whose types are fixed.

Nothing here names an instruction to calculate with: what the table says of parameters, results and immediates
is enough, so a new row is generated without a change. Instructions whose type depends on what is around them
are put together by `harness.generate.modules`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from harness.generate.nans import open_nan
from harness.generate.values import BITS, values
from harness.standard.features import ALL
from harness.standard.instructions import ADDRESS, INSTRUCTIONS, Instruction
from harness.standard.syntax import MemArg
from harness.standard.types import F32, F64, V128, RefType

if TYPE_CHECKING:
    from collections.abc import Callable

    from hypothesis.strategies import DrawFn, SearchStrategy

    from harness.standard.syntax import Expr, Instr
    from harness.standard.types import ValType

MEMORY_MASK = 0xFF8
"""An address cut to this lies in the first 64 KiB, and so does whatever is accessed from there."""
MAX_OFFSET = 64
"""The greatest static offset of an access."""


@dataclass(frozen=True)
class Scope:
    """What an expression may use and what it must not do."""

    features: frozenset[str] = ALL
    locals: tuple[ValType, ...] = ()
    """The types of the locals that may be read, from local 0 on."""
    globals: tuple[ValType, ...] = ()
    """The types of the globals that may be read, from global 0 on."""
    memories: tuple[str, ...] = ()
    """The address types of the memories; each has 64 KiB or more, and a maximum."""
    traps: bool = True
    """Whether an instruction may be used that can trap on some operands."""
    scratch: tuple[tuple[ValType, int], ...] = ()
    """Locals by type (f32, f64, v128) in which NaNs become canonical where the standard leaves them open:
    results then depend on nothing but the standard. If there are none, NaNs stay as they come."""


_NUMBERS = frozenset(BITS)
_TRAPPING = re.compile(r"i\d\d\.((div|rem)_[su]|trunc_f\d\d_[su])")
_BLOCKING = re.compile(r"memory\.atomic\.wait.*")
_SHAPE = re.compile(r"[if]\d+x(\d+)\.|v128\.(?:load|store)(\d+)_lane")


def _memarg(row: Instruction, memory: int) -> SearchStrategy[MemArg]:
    natural = row.width.bit_length() - 1
    if ".atomic." in row.name:
        return st.integers(0, MAX_OFFSET // 8).map(lambda offset: MemArg(natural, 8 * offset, memory))
    return st.builds(MemArg, st.integers(0, natural), st.integers(0, MAX_OFFSET), st.just(memory))


def _lane(row: Instruction, memory: int) -> SearchStrategy[int]:
    shape = _SHAPE.match(row.name)
    assert shape is not None, row
    count = int(shape[1]) if shape[1] else 128 // int(shape[2])
    return st.integers(0, count - 1)


_IMMEDIATES: dict[str, Callable[[Instruction, int], SearchStrategy[Any]]] = {
    **{type_: lambda row, memory: values(row.immediates[0]) for type_ in BITS},
    "memarg": _memarg,
    "memidx": lambda row, memory: st.just(memory),
    "ordering": lambda row, memory: st.just(0),
    "lane": _lane,
    "lanes": lambda row, memory: st.lists(st.integers(0, 31), min_size=16, max_size=16).map(tuple),
}
"""Immediates by their kind, for an instruction on a memory, if it is on one."""


def _uses_memory(row: Instruction) -> bool:
    return "memarg" in row.immediates or "memidx" in row.immediates


def _can_trap(row: Instruction) -> bool:
    """Whether an instruction traps on some operands, its address aside."""
    return bool(_TRAPPING.fullmatch(row.name))


def generated(row: Instruction, scope: Scope) -> bool:
    """Whether expressions in that scope may contain the instruction."""
    return (
        row.feature in scope.features
        and row.params is not None
        and row.results is not None
        and all(kind in _IMMEDIATES for kind in row.immediates)
        and (bool(scope.memories) or not _uses_memory(row))
        and (scope.traps or not _can_trap(row))
        and not _BLOCKING.fullmatch(row.name)
    )


def matches(type_: ValType, expected: ValType) -> bool:
    """Whether a value of a type can stand where another is expected; for types that occur in the table."""
    if isinstance(type_, RefType) and isinstance(expected, RefType):
        below = type_.heap == expected.heap or (type_.heap, expected.heap) in {("i31", "eq"), ("array", "eq")}
        return below and (expected.nullable or not type_.nullable)
    return type_ == expected


@cache
def producers(type_: ValType, scope: Scope) -> tuple[Instruction, ...]:
    """The instructions that give a value of the type, and whose operands can be had."""
    rows = [row for row in INSTRUCTIONS.values() if generated(row, scope) and row.results]
    available: set[ValType] = {ADDRESS} if scope.memories else set()
    known: list[Instruction] = []
    while True:
        more = [
            row
            for row in rows
            if row not in known
            and all(any(matches(had, param) for had in available) for param in row.params or ())
        ]
        if not more:
            break
        known += more
        available.update(result for row in more for result in row.results or ())
    return tuple(
        [
            row
            for row in known
            if any(
                matches(result, type_) or _is_address(result, type_, scope) for result in row.results or ()
            )
        ]
    )


def _is_address(result: ValType, type_: ValType, scope: Scope) -> bool:
    return result == ADDRESS and type_ in scope.memories


def expressions(type_: ValType, scope: Scope | None = None, *, depth: int = 4) -> SearchStrategy[Expr]:
    """Expressions that leave one value of a type: trees of at most `depth` instructions one above the other.

    The instructions stand flat, operands first, as in a body; there is no `end`.
    """
    return _expressions(type_, scope or Scope(), depth)


@cache
def instructions(row: Instruction, memory: int = 0) -> SearchStrategy[Instr]:
    """An instruction, with any immediates that it may have; if it is on a memory, on that one."""
    return st.tuples(st.just(row), *[_IMMEDIATES[kind](row, memory) for kind in row.immediates])


@cache
def effects(scope: Scope) -> tuple[Instruction, ...]:
    """The instructions that leave nothing on the stack: stores and their like."""
    return tuple([row for row in INSTRUCTIONS.values() if generated(row, scope) and row.results == ()])


def applications(row: Instruction, scope: Scope | None = None, *, depth: int = 0) -> SearchStrategy[Expr]:
    """Expressions that end in a given instruction, and leave what it leaves."""
    return _applications(row, scope or Scope(), depth)


@st.composite
def _expressions(draw: DrawFn, type_: ValType, scope: Scope, depth: int) -> Expr:
    return _expression(draw, type_, scope, depth)


@st.composite
def _applications(draw: DrawFn, row: Instruction, scope: Scope, depth: int) -> Expr:
    return _application(draw, row, None, scope, depth)


def _expression(draw: DrawFn, type_: ValType, scope: Scope, depth: int) -> Expr:
    leaf = depth <= 0 or draw(st.integers(0, 5)) == 0
    choice = draw(_leaves(type_, scope) if leaf else _operators(type_, scope))
    if isinstance(choice, tuple):
        return [choice]
    expr = _application(draw, choice, type_, scope, depth - 1)
    results = choice.results or ()
    return expr + [instr for _ in results[1:] for instr in _join(results)]


def _join(results: tuple[ValType, ...]) -> Expr:
    """Make one value of the last two, which may be any, so that both still count."""
    assert set(results) == {"i64"}, results
    return [(INSTRUCTIONS["i64.xor"],)]


def _address(draw: DrawFn, type_: str, scope: Scope, depth: int) -> Expr:
    """An address: within the first 64 KiB, or, where traps are allowed, sometimes anywhere."""
    expr = _expression(draw, type_, scope, depth)
    if scope.traps and draw(st.integers(0, 7)) == 0:
        return expr
    return [*expr, (INSTRUCTIONS[f"{type_}.const"], MEMORY_MASK), (INSTRUCTIONS[f"{type_}.and"],)]


def _application(draw: DrawFn, row: Instruction, type_: ValType | None, scope: Scope, depth: int) -> Expr:
    """The instruction and its operands; `type_` is what an address among its results must be."""
    memory = 0
    if _uses_memory(row) and len(scope.memories) > 1:
        fixed = type_ if ADDRESS in (row.results or ()) else None
        memory = draw(_memories(fixed, scope))
    expr: Expr = []
    for param in row.params or ():
        if param == ADDRESS:
            expr += _address(draw, scope.memories[memory], scope, depth)
        else:
            expr += _expression(draw, param, scope, depth)
    return [*expr, draw(instructions(row, memory)), *_canonical(row, scope)]


@cache
def _memories(type_: ValType | None, scope: Scope) -> SearchStrategy[int]:
    return st.sampled_from(
        [index for index, address in enumerate(scope.memories) if type_ in (None, address)]
    )


@cache
def _operators(type_: ValType, scope: Scope) -> SearchStrategy[Any]:
    return st.sampled_from([row for row in producers(type_, scope) if row.params])


@cache
def _leaves(type_: ValType, scope: Scope) -> SearchStrategy[Any]:
    """What takes no operands: a constant or a variable; of a reference whatever there is."""
    variables: list[Any] = [
        (INSTRUCTIONS[f"{kind}.get"], index)
        for kind, types in (("local", scope.locals), ("global", scope.globals))
        for index, other in enumerate(types)
        if other == type_
    ]
    constants = [row for row in producers(type_, scope) if row.immediates == (type_,)]
    if not constants:
        return st.sampled_from(variables or [row for row in producers(type_, scope) if row.params])
    constant = values(str(type_)).map(lambda bits: (constants[0], bits))
    return st.one_of(constant, st.sampled_from(variables)) if variables else constant


_CANONICAL = {F32: 0x7FC0_0000, F64: 0x7FF8_0000_0000_0000}
_LANES = {"f32x4": 0x7FC00000_7FC00000_7FC00000_7FC00000, "f64x2": 0x7FF80000_00000000_7FF80000_00000000}


def _canonical(row: Instruction, scope: Scope) -> Expr:
    """What makes the result of an instruction canonical if it is a NaN of which the standard says no more."""
    if not scope.scratch or not open_nan(row):
        return []
    assert row.results is not None
    (type_,) = row.results
    scratch = dict(scope.scratch)[type_]
    kind = row.name.partition(".")[0]
    keep, get = (INSTRUCTIONS["local.tee"], scratch), (INSTRUCTIONS["local.get"], scratch)
    if type_ == V128:
        canonical = (INSTRUCTIONS["v128.const"], _LANES[kind])
        return [keep, canonical, get, get, (INSTRUCTIONS[f"{kind}.eq"],), (INSTRUCTIONS["v128.bitselect"],)]
    canonical = (INSTRUCTIONS[f"{kind}.const"], _CANONICAL[kind])
    return [keep, canonical, get, get, (INSTRUCTIONS[f"{kind}.eq"],), (INSTRUCTIONS["select"],)]
