"""The statements that functions are made of: each leaves the stack as it was, and comes to its end.

Loops count, calls go to functions that were there before, and branches go forward; so what is written here
terminates, unless it traps, and that too can be excluded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st

from harness.generate.author import FIRST_ENTRY, PASSIVE, PASSIVE_SIZE, SPARE_ENTRY, instr
from harness.generate.expressions import applications, effects
from harness.standard.instructions import INSTRUCTIONS
from harness.standard.types import I32, I64

if TYPE_CHECKING:
    from harness.generate.author import Author, Statement
    from harness.standard.syntax import Expr


def _assign(author: Author, depth: int) -> Expr:
    type_ = author.number_type()
    value = author.value(type_, 4)
    kind = author.draw(st.sampled_from(("local.set", "local.tee", "global.set")))
    if kind == "global.set":
        return [*value, instr(kind, author.numbers.index(type_))]
    dropped = [instr("drop")] if kind == "local.tee" else []
    return [*value, instr(kind, author.local(type_)), *dropped]


def _select(author: Author, depth: int) -> Expr:
    type_ = author.number_type()
    typed = "reference-types" in author.features and author.draw(st.booleans())
    select = instr("select_t", (type_,)) if typed else instr("select")
    return [*author.values((type_, type_, I32)), select, *author.keep((type_,))]


def _effect(author: Author, depth: int) -> Expr:
    row = author.draw(st.sampled_from(effects(author.scope)))
    effect: Expr = author.draw(applications(row, author.scope, depth=2))
    return effect


def _if(author: Author, depth: int) -> Expr:
    then, otherwise = author.inside(True, depth), author.inside(True, depth)
    alternative = [instr("else"), *otherwise] if otherwise else []
    return [*author.value(I32), instr("if", None), *then, *alternative, instr("end")]


def _if_value(author: Author, depth: int) -> Expr:
    type_ = author.number_type()
    then, otherwise = author.value(type_), author.value(type_)
    return [
        *author.value(I32), instr("if", type_), *then, instr("else"), *otherwise, instr("end"),
        *author.keep((type_,)),
    ]  # fmt: skip


def _block(author: Author, depth: int) -> Expr:
    return [instr("block", None), *author.inside(True, depth), instr("end")]


def _block_value(author: Author, depth: int) -> Expr:
    type_ = author.number_type()
    early = [*author.value(type_), *author.value(I32), instr("br_if", 0), instr("drop")]
    return [instr("block", type_), *early, *author.value(type_), instr("end"), *author.keep((type_,))]


def _branch(author: Author, depth: int) -> Expr:
    labels = author.forward_labels()
    if not labels:
        return [instr("nop")]
    if author.draw(st.booleans()):
        return [*author.value(I32), instr("br_if", author.draw(st.sampled_from(labels)))]
    inner = st.sampled_from([label + 1 for label in labels])
    table = instr("br_table", tuple(author.draw(st.lists(inner, max_size=4))), author.draw(inner))
    return [*author.value(I32), instr("if", None), *author.small(8), table, instr("end")]


def _loop(author: Author, depth: int) -> Expr:
    counter = author.new_local(I32)
    again = [
        instr("local.get", counter), instr("i32.const", 1), instr("i32.add"), instr("local.tee", counter),
        instr("i32.const", author.draw(st.integers(1, 3))), instr("i32.lt_u"), instr("br_if", 0),
    ]  # fmt: skip
    start = [instr("i32.const", 0), instr("local.set", counter)]
    return [*start, instr("loop", None), *author.inside(False, depth), *again, instr("end")]


def _return(author: Author, depth: int) -> Expr:
    if author.results is None:
        return [instr("nop")]
    return [
        *author.value(I32),
        instr("if", None),
        *author.values(author.results),
        instr("return"),
        instr("end"),
    ]


def _call(author: Author, depth: int) -> Expr:
    if not author.signatures:
        return [instr("nop")]
    callee = author.draw(st.integers(0, len(author.signatures) - 1))
    params, results = author.signatures[callee]
    if author.draw(st.booleans()):
        call = [instr("call", callee)]
    else:
        call = [
            instr("i32.const", FIRST_ENTRY + callee),
            instr("call_indirect", author.type(params, results), 0),
        ]
    return [*author.values(params), *call, *author.keep(results)]


def _blocks_with_parameters(author: Author, depth: int) -> Expr:
    types = (author.number_type(), author.number_type())
    block = instr(author.draw(st.sampled_from(("block", "loop"))), author.type(types, types))
    leave = [] if block[0] is INSTRUCTIONS["loop"] else [*author.value(I32), instr("br_if", 0)]
    return [*author.values(types), block, *leave, instr("end"), *author.keep(types)]


def _memory_copy(author: Author, depth: int) -> Expr:
    memories = st.integers(0, len(author.addresses) - 1)
    to, from_ = author.draw(memories), author.draw(memories)
    types = author.addresses[to], author.addresses[from_]
    length = I32 if I32 in types else I64
    operands = [*author.address(types[0]), *author.address(types[1]), *author.address(length)]
    return [*operands, instr("memory.copy", to, from_)]


def _segment(author: Author, depth: int) -> Expr:
    """A segment may only be dropped where the trap that follows does no harm."""
    if author.traps and author.draw(st.booleans()):
        return [instr(author.draw(st.sampled_from(("data.drop", "elem.drop"))), PASSIVE)]
    if author.draw(st.booleans()):
        half = PASSIVE_SIZE // 2
        memory = author.draw(st.integers(0, len(author.addresses) - 1))
        address = author.address(author.addresses[memory])
        return [*address, *author.small(half), *author.small(half), instr("memory.init", PASSIVE, memory)]
    return [
        instr("i32.const", SPARE_ENTRY),
        instr("i32.const", 0),
        *author.small(2),
        instr("table.init", PASSIVE, 0),
    ]


def _table(author: Author, depth: int) -> Expr:
    """The entries that calls go to stay as they are."""
    spare = instr("i32.const", SPARE_ENTRY)
    reference = [instr("ref.func", 0)] if author.signatures else [instr("ref.null", "func")]
    return author.choose(
        [
            lambda: [instr("table.size", 0), *author.keep((I32,))],
            lambda: [*reference, *author.value(I32), instr("table.grow", 0), *author.keep((I32,))],
            lambda: [spare, *reference, instr("table.set", 0)],
            lambda: [*author.small(2), instr("table.get", 0), instr("ref.is_null"), *author.keep((I32,))],
            lambda: [spare, *author.small(2), instr("i32.const", 1), instr("table.copy", 0, 0)],
            lambda: [spare, *reference, *author.small(2), instr("table.fill", 0)],
        ]
    )


STATEMENTS: tuple[tuple[str, Statement], ...] = (
    ("mvp", _assign),
    ("mvp", _select),
    ("mvp", _effect),
    ("mvp", _if),
    ("mvp", _if_value),
    ("mvp", _block),
    ("mvp", _block_value),
    ("mvp", _branch),
    ("mvp", _loop),
    ("mvp", _return),
    ("mvp", _call),
    ("multi-value", _blocks_with_parameters),
    ("bulk-memory", _memory_copy),
    ("bulk-memory", _segment),
    ("reference-types", _table),
)
"""With the feature that each needs."""
