"""Statements: what expressions do not generate they do, so that together they make the whole table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import Phase, given, seed, settings
from hypothesis import strategies as st

from harness.generate.author import Author, instr
from harness.generate.expressions import Scope, effects, producers
from harness.generate.modules import trapping
from harness.generate.references import REFERENCE_STATEMENTS
from harness.generate.statements import STATEMENTS
from harness.standard.features import ALL
from harness.standard.instructions import INSTRUCTIONS
from harness.standard.types import RefType

if TYPE_CHECKING:
    from collections.abc import Callable

    from hypothesis.strategies import DrawFn

    from harness.generate.author import Statement
    from harness.standard.syntax import Expr, Module

ALL_STATEMENTS = [statement for _, statement in STATEMENTS + REFERENCE_STATEMENTS]
FEW = settings(max_examples=max(settings().max_examples // 5, 1))
TYPES = ("i32", "i64", "f32", "f64", "v128", RefType(True, "eq"), RefType(True, "i31"))
IN_EXPRESSIONS = {row for type_ in TYPES for row in producers(type_, Scope(memories=("i32",)))} | {
    *effects(Scope(memories=("i32",)))
}
BLOCKING = {"memory.atomic.wait32", "memory.atomic.wait64"}
BY_HAND = {row.name for row in INSTRUCTIONS.values() if row not in IN_EXPRESSIONS} - BLOCKING


@st.composite
def written(draw: DrawFn, statement: Statement) -> Module:
    """A module with a function to call, and one that has a certain statement in a block."""
    author = Author(draw, ALL, ALL_STATEMENTS[:3], traps=draw(st.booleans()), canonical=True)
    author.function((), ("i32",), depth=0)

    def block() -> Expr:
        author.labels, author.results = [True], ("i32",)
        return [instr("block", None), *statement(author, 1), instr("end"), *author.ending(("i32",))]

    author.function((), ("i32",), depth=0, end=block)
    author.table()
    return author.module


def names(module: Module) -> set[str]:
    return {instruction[0].name for func in module.funcs for instruction in func.body}


@pytest.mark.parametrize("statement", ALL_STATEMENTS, ids=lambda statement: statement.__name__.lstrip("_"))
@FEW
@given(data=st.data())
def test_statements_are_valid(
    check: Callable[[Module], bytes], statement: Statement, data: st.DataObject
) -> None:
    check(data.draw(written(statement)))


def test_every_other_instruction_is_generated() -> None:
    seen: set[str] = set()
    enough = settings(max_examples=40, phases=[Phase.generate], database=None)
    strategies = [*map(written, ALL_STATEMENTS), trapping(ALL).map(lambda made: made[0])]
    # what Hypothesis draws depends on the constants of whatever is imported, so one turn may miss some
    for turn in range(8):
        for strategy in strategies:

            @seed(turn)
            @enough
            @given(strategy)
            def collect(module: Module) -> None:
                seen.update(names(module))

            collect()
        if seen >= BY_HAND:
            break
    assert BY_HAND - seen == set()
