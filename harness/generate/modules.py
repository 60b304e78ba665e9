"""Strategies for whole modules. They export "run", which takes nothing, their memory, and their globals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st

from harness.engine import TrapKind
from harness.generate.author import END, FIRST_ENTRY, MEMORY, NULL_ENTRY, Author, instr
from harness.generate.expressions import generated, instructions
from harness.generate.references import REFERENCE_STATEMENTS
from harness.generate.statements import STATEMENTS
from harness.standard.features import version
from harness.standard.instructions import ADDRESS, INSTRUCTIONS
from harness.standard.syntax import Export, Func, Module
from harness.standard.types import I32, FuncType, SubType

if TYPE_CHECKING:
    from collections.abc import Callable

    from hypothesis.strategies import DrawFn, SearchStrategy

    from harness.standard.syntax import Expr, Instr
    from harness.standard.types import ResultType

DEFAULT = version("2.0") - {"simd"}


def calculation(instruction: Instr) -> Module:
    """A module whose "run" does nothing but apply one instruction of the table to its parameters."""
    row = instruction[0]
    params = tuple([I32 if type_ == ADDRESS else type_ for type_ in row.params])
    results = tuple([I32 if type_ == ADDRESS else type_ for type_ in row.results])
    operands = [instr("local.get", index) for index in range(len(params))]
    return Module(
        types=[(SubType(True, (), FuncType(params, results)),)],
        memories=[MEMORY],
        funcs=[Func(0, [], [*operands, instruction, instr("end")])],
        exports=[Export("memory", "memory", 0), Export("run", "func", 0)],
    )


def terminating(
    features: frozenset[str] = DEFAULT, *, traps: bool = True, canonical: bool = True
) -> SearchStrategy[Module]:
    """Modules whose "run" comes to an end soon: with values of any number types, or, if `traps`, with a trap.

    If `canonical`, everything there is to see depends on nothing that the standard leaves open. The relaxed
    instructions are left out in any case, and so is what blocks.
    """
    return _terminating(features, traps, canonical)


def endless(features: frozenset[str] = DEFAULT) -> SearchStrategy[Module]:
    """Modules whose "run" never comes back by itself: it does not trap, use up the stack or allocate."""
    return _endless(features)


def trapping(features: frozenset[str] = DEFAULT) -> SearchStrategy[tuple[Module, TrapKind]]:
    """Modules whose "run" always traps, and how."""
    return _trapping(features)


@st.composite
def _terminating(draw: DrawFn, features: frozenset[str], traps: bool, canonical: bool) -> Module:
    author = _author(draw, features, traps=traps, canonical=canonical)
    return _finish(author, author.function((), _results(author), depth=3))


@st.composite
def _endless(draw: DrawFn, features: frozenset[str]) -> Module:
    author = _author(draw, features - {"gc", "exceptions"}, traps=False, canonical=False)
    shapes = [shape for feature, shape in _ENDLESS if feature in features]
    return _finish(author, draw(st.sampled_from(shapes))(author))


@st.composite
def _trapping(draw: DrawFn, features: frozenset[str]) -> tuple[Module, TrapKind]:
    author = _author(draw, features, traps=False, canonical=False)
    kind = draw(st.sampled_from([kind for kind, (feature, _) in _TRAPS.items() if feature in features]))
    _, trap = _TRAPS[kind]
    return _finish(author, author.function((), (), end=lambda: trap(author))), kind


def _author(draw: DrawFn, features: frozenset[str], *, traps: bool, canonical: bool) -> Author:
    """One that has written a few functions to call."""
    statements = [
        statement for feature, statement in STATEMENTS + REFERENCE_STATEMENTS if feature in features
    ]
    author = Author(draw, features - {"relaxed-simd"}, statements, traps=traps, canonical=canonical)
    for _ in range(draw(st.integers(0, 2))):
        params = tuple([author.number_type() for _ in range(draw(st.integers(0, 3)))])
        author.function(params, _results(author))
    return author


def _results(author: Author) -> ResultType:
    most = 3 if "multi-value" in author.features else 1
    return tuple([author.number_type() for _ in range(author.draw(st.integers(0, most)))])


def _finish(author: Author, run: int) -> Module:
    author.table()
    author.module.exports.append(Export("run", "func", run))
    return author.module


# Endless


def _loop_br(author: Author) -> int:
    return author.function((), (), end=lambda: _again(author, [instr("br", 0)]))


def _loop_br_if(author: Author) -> int:
    """The condition is 1 in the end, but nothing says so before."""

    def end() -> Expr:
        condition = [*author.small(2), instr("i32.const", 1), instr("i32.or")]
        return _again(author, [*condition, instr("br_if", 0)])

    return author.function((), (), end=end)


def _loop_br_table(author: Author) -> int:
    return author.function(
        (), (), end=lambda: _again(author, [*author.small(4), instr("br_table", (0, 0), 0)])
    )


def _loop_nested(author: Author) -> int:
    def end() -> Expr:
        inner = [instr("loop", None), *author.inside(False, 1), instr("br", 1), instr("end")]
        return _again(author, inner)

    return author.function((), (), end=end)


def _tail_call_itself(author: Author) -> int:
    own = len(author.signatures)
    return author.function((), (), end=lambda: [instr("return_call", own)])


def _tail_calls_around(author: Author) -> int:
    first = len(author.signatures)
    author.function((), (), end=lambda: [instr("return_call", first + 1)])
    type_ = author.type((), ())
    back = [instr("i32.const", FIRST_ENTRY + first), instr("return_call_indirect", type_, 0)]
    return author.function((), (), end=lambda: back)


def _again(author: Author, back: Expr) -> Expr:
    """A loop that `back` never leaves; an engine that does leaves a trace."""
    return [instr("loop", None), *author.inside(False, 2), *back, instr("end"), instr("unreachable")]


_ENDLESS: tuple[tuple[str, Callable[[Author], int]], ...] = (
    ("mvp", _loop_br),
    ("mvp", _loop_br_if),
    ("mvp", _loop_br_table),
    ("mvp", _loop_nested),
    ("tail-call", _tail_call_itself),
    ("tail-call", _tail_calls_around),
)
"""Ways never to come back, with the feature that each needs."""


# Traps


def _division_by_zero(author: Author) -> Expr:
    type_ = author.draw(st.sampled_from(("i32", "i64")))
    operation = author.draw(st.sampled_from(("div_s", "div_u", "rem_s", "rem_u")))
    return [
        *author.value(type_),
        instr(f"{type_}.const", 0),
        instr(f"{type_}.{operation}"),
        instr("unreachable"),
    ]


def _overflow(author: Author) -> Expr:
    n = author.draw(st.sampled_from((32, 64)))
    division = [instr(f"i{n}.const", 1 << n - 1), instr(f"i{n}.const", (1 << n) - 1), instr(f"i{n}.div_s")]
    infinite = [instr("f64.const", 0x7FF << 52 | author.draw(st.integers(0, 1)) << 63)]
    conversion = [*infinite, instr(f"i{n}.trunc_f64_{author.draw(st.sampled_from('su'))}")]
    return [*author.draw(st.sampled_from((division, conversion))), instr("unreachable")]


def _invalid_conversion(author: Author) -> Expr:
    n, sign = author.draw(st.sampled_from((32, 64))), author.draw(st.sampled_from("su"))
    nan = author.draw(st.sampled_from((0x7FC0_0000, 0xFFC0_0000, 0x7F80_0001, 0xFFFF_FFFF)))
    return [instr("f32.const", nan), instr(f"i{n}.trunc_f32_{sign}"), instr("unreachable")]


def _beyond_the_memory(author: Author) -> Expr:
    """Any access that there is, at an address at or after the end."""
    rows = [
        row
        for row in INSTRUCTIONS.values()
        if "memarg" in row.immediates and generated(row, author.scope) and ".atomic." not in row.name
    ]
    row = author.draw(st.sampled_from(rows))
    assert row.params is not None
    address = [instr("i32.const", END + author.draw(st.integers(0, 0xFFFD_0000)))]
    return [*address, *author.values(row.params[1:]), author.draw(instructions(row)), instr("unreachable")]


def _no_such_entry(author: Author) -> Expr:
    return [instr("i32.const", author.draw(st.integers(1000, 0xFFFF_FFFF)))]


def _call_undefined(author: Author) -> Expr:
    return [*_no_such_entry(author), instr("call_indirect", author.type((), ()), 0)]


def _call_null(author: Author) -> Expr:
    return [instr("i32.const", NULL_ENTRY), instr("call_indirect", author.type((), ()), 0)]


def _call_with_another_type(author: Author) -> Expr:
    """Of more parameters than any function has."""
    params = (I32,) * 9
    return [
        *author.values(params),
        instr("i32.const", FIRST_ENTRY),
        instr("call_indirect", author.type(params, ()), 0),
    ]


_TRAPS: dict[TrapKind, tuple[str, Callable[[Author], Expr]]] = {
    TrapKind.UNREACHABLE: ("mvp", lambda author: [instr("unreachable")]),
    TrapKind.DIVIDE_BY_ZERO: ("mvp", _division_by_zero),
    TrapKind.INTEGER_OVERFLOW: ("mvp", _overflow),
    TrapKind.INVALID_CONVERSION: ("mvp", _invalid_conversion),
    TrapKind.MEMORY_BOUNDS: ("mvp", _beyond_the_memory),
    TrapKind.UNDEFINED_ELEMENT: ("mvp", _call_undefined),
    TrapKind.UNINITIALIZED_ELEMENT: ("mvp", _call_null),
    TrapKind.INDIRECT_CALL_TYPE: ("mvp", _call_with_another_type),
    TrapKind.TABLE_BOUNDS: (
        "reference-types",
        lambda author: [*_no_such_entry(author), instr("table.get", 0), instr("drop")],
    ),
}
"""Ways to trap, with the feature that each needs."""
