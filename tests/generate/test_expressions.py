"""Expressions: all of the table that should be generated is, and what is generated is valid."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.wasm.numerics import FROM_BITS, NUMERICS
from harness.engine import Trap
from harness.generate.expressions import Scope, applications, effects, expressions, generated, producers
from harness.generate.nans import open_nan
from harness.generate.values import BITS, values
from harness.standard.features import version
from harness.standard.instructions import ADDRESS, INSTRUCTIONS, Instruction
from harness.standard.syntax import Func, Global, Module
from harness.standard.types import FuncType, GlobalType, Limits, MemType, RefType, SubType

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.standard.syntax import Expr
    from harness.standard.types import ValType

LOCALS = ("i32", "i64", "f32", "f64", "v128")
EVERYTHING = Scope(locals=LOCALS, globals=LOCALS, memories=("i32",))
CAREFUL = Scope(locals=LOCALS, memories=("i32",), traps=False)
REFERENCES = (RefType(True, "eq"), RefType(True, "i31"))
FEW = settings(max_examples=max(settings().max_examples // 20, 1))

BY_HAND = {"nop", "memory.init", "data.drop", "elem.drop", "table.size", "array.len"}
"""Of fixed type, but in need of something that an expression does not know of."""
BLOCKING = {"memory.atomic.wait32", "memory.atomic.wait64"}
ROWS = [
    row
    for row in INSTRUCTIONS.values()
    if row.params is not None and row.name not in BY_HAND and row.name not in BLOCKING
]


def module_of(expr: Expr, results: tuple[ValType, ...]) -> Module:
    results = tuple(["i32" if result == ADDRESS else result for result in results])
    constants = [(INSTRUCTIONS[f"{type_}.const"], 0) for type_ in LOCALS]
    end = (INSTRUCTIONS["end"],)
    return Module(
        types=[(SubType(True, (), FuncType(LOCALS, results)),)],
        memories=[MemType(Limits(1, 2))],
        globals=[
            Global(GlobalType(type_, True), [constant, end])
            for type_, constant in zip(LOCALS, constants, strict=True)
        ],
        funcs=[Func(0, list(LOCALS), [*expr, end])],
    )


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
@FEW
@given(data=st.data())
def test_every_instruction_is_generated(
    check: Callable[[Module], bytes], row: Instruction, data: st.DataObject
) -> None:
    among = effects(EVERYTHING) if not row.results else producers(_type(row.results[0]), EVERYTHING)
    assert row in among
    expr = data.draw(applications(row, EVERYTHING, depth=1))
    assert row in [instruction[0] for instruction in expr]
    check(module_of(expr, row.results or ()))


def _type(type_: ValType) -> ValType:
    return "i32" if type_ == ADDRESS else type_


@given(type_=st.sampled_from([*LOCALS, *REFERENCES]), data=st.data())
def test_expressions_are_valid(check: Callable[[Module], bytes], type_: ValType, data: st.DataObject) -> None:
    check(module_of(data.draw(expressions(type_, EVERYTHING)), (type_,)))


@given(type_=st.sampled_from(["i32", "i64", "f32", "f64"]), data=st.data())
def test_expressions_keep_to_the_features(type_: ValType, data: st.DataObject) -> None:
    expr = data.draw(expressions(type_, Scope(version("1.0"), memories=("i32",))))
    assert {instruction[0].feature for instruction in expr} <= version("1.0")


@given(type_=st.sampled_from(LOCALS), data=st.data())
def test_scratch_locals_make_nans_canonical(
    check: Callable[[Module], bytes], type_: ValType, data: st.DataObject
) -> None:
    scratch = tuple([(type_, len(LOCALS) + LOCALS.index(type_)) for type_ in ("f32", "f64", "v128")])
    expr = data.draw(expressions(type_, Scope(locals=LOCALS, scratch=scratch)))
    check(module_of(expr, (type_,)))
    for instruction, after in zip(expr, [*expr[1:], None], strict=True):
        if open_nan(instruction[0]):
            assert after is not None
            assert after[0].name == "local.tee"
            assert after[1] >= len(LOCALS)


@pytest.mark.parametrize("name", [name for name in NUMERICS if generated(INSTRUCTIONS[name], CAREFUL)])
@FEW
@given(data=st.data())
def test_what_never_traps_does_not(name: str, data: st.DataObject) -> None:
    NUMERICS[name](*[FROM_BITS[str(t)](data.draw(values(str(t)))) for t in INSTRUCTIONS[name].params or ()])


@pytest.mark.parametrize("name", [name for name in NUMERICS if not generated(INSTRUCTIONS[name], CAREFUL)])
def test_what_may_trap_does(name: str) -> None:
    operands = [
        FROM_BITS[str(type_)](0 if type_[0] == "i" else 0x7FF8_0000_7FC0_0000 % 2 ** BITS[str(type_)])
        for type_ in INSTRUCTIONS[name].params or ()
    ]
    with pytest.raises(Trap, match=r"divide by zero|invalid conversion"):
        NUMERICS[name](*operands)
