"""Functions put together of statements: each leaves the stack as it was, and all of them come to their end.

Loops count, calls go to functions that were there before, and branches go forward; so what is written here
terminates, unless it traps, and that too can be excluded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from hypothesis import strategies as st

from harness.generate.expressions import (
    MEMORY_MASK,
    Scope,
    applications,
    effects,
    expressions,
)
from harness.generate.values import values
from harness.standard.instructions import INSTRUCTIONS
from harness.standard.syntax import Data, Elem, Export, Func, Global, Module, Table
from harness.standard.types import (
    F32,
    F64,
    FUNCREF,
    I32,
    NUMBER_TYPES,
    V128,
    FuncType,
    GlobalType,
    Limits,
    MemType,
    RefType,
    SubType,
    TableType,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from hypothesis.strategies import DrawFn

    from harness.standard.syntax import Expr, Instr
    from harness.standard.types import ResultType, ValType

MAX_PAGES = 2
"""What the memory may grow to."""
NULL_ENTRY, SPARE_ENTRY, FIRST_ENTRY = 0, 1, 2
"""The table: an entry that is always null, one that may change, and from there on the functions."""

Statement: TypeAlias = "Callable[[Author, int], Expr]"
_STATEMENTS: list[tuple[str, Statement]] = []
"""With the feature that each needs."""


def instr(name: str, *immediates: Any) -> Instr:
    """An instruction by its name."""
    return (INSTRUCTIONS[name], *immediates)


def _statement(feature: str) -> Callable[[Statement], Statement]:
    def register(statement: Statement) -> Statement:
        _STATEMENTS.append((feature, statement))
        return statement

    return register


class Author:
    """Writes one module: a memory, a table, a global of each type, and functions one after the other.

    With `canonical` its results depend on nothing that the standard leaves open.
    """

    def __init__(self, draw: DrawFn, features: frozenset[str], *, traps: bool, canonical: bool) -> None:
        self.draw = draw
        self.features = features
        self.traps = traps
        self.canonical = canonical
        self.numbers: tuple[ValType, ...] = (*NUMBER_TYPES, *((V128,) if "simd" in features else ()))
        self.statements = [statement for feature, statement in _STATEMENTS if feature in features]
        self.module = Module(
            memories=[MemType(Limits(1, MAX_PAGES))],
            datas=[Data(draw(st.binary(max_size=64)), "active", 0, [instr("i32.const", 0), instr("end")])],
            exports=[Export("memory", "memory", 0)],
        )
        self.signatures: list[FuncType] = []
        self.scope = Scope()
        self.labels: list[bool] = []
        """The blocks around, innermost last: whether a branch to it goes forward."""
        self.extra: list[ValType] = []
        """Locals beyond those of the scope."""
        self.results: ResultType | None = ()
        """What may be returned before the end; None if nothing may."""
        for index, type_ in enumerate(self.numbers):
            init = [instr(f"{type_}.const", draw(values(str(type_)))), instr("end")]
            self.module.globals.append(Global(GlobalType(type_, True), init))
            if "mutable-globals" in features:
                self.module.exports.append(Export(str(type_), "global", index))

    # The module

    def type(self, params: ResultType, results: ResultType) -> int:
        """The index of a function type."""
        group = (SubType(True, (), FuncType(params, results)),)
        if group not in self.module.types:
            self.module.types.append(group)
        return self.module.types.index(group)

    def function(
        self,
        params: ResultType,
        results: ResultType,
        *,
        depth: int = 2,
        end: Callable[[], Expr] | None = None,
    ) -> int:
        """Add a function; it ends with values that are drawn, or with what `end` writes. Its index."""
        fixed: tuple[ValType, ...] = (F32, F64, *((V128,) if "simd" in self.features else ()))
        readable = (*params, *self.numbers)
        scratch = tuple([(type_, len(readable) + index) for index, type_ in enumerate(fixed)])
        self.scope = Scope(
            features=self.features,
            locals=readable,
            globals=self.numbers,
            memory=True,
            traps=self.traps,
            scratch=scratch if self.canonical else (),
        )
        self.labels, self.extra, self.results = [], [], results if end is None else None
        body = self.block(depth)
        body += end() if end is not None else self.ending(results)
        locals_ = [*self.numbers, *fixed, *self.extra]
        self.module.funcs.append(Func(self.type(params, results), locals_, [*body, instr("end")]))
        self.signatures.append(FuncType(params, results))
        return len(self.module.funcs) - 1

    def table(self) -> None:
        """Add the table, of all functions there are."""
        count = len(self.module.funcs)
        size = FIRST_ENTRY + count
        self.module.tables.append(Table(TableType(Limits(size, size + 1), FUNCREF), None))
        entries = tuple([[instr("ref.func", index), instr("end")] for index in range(count)])
        offset = [instr("i32.const", FIRST_ENTRY), instr("end")]
        self.module.elems.append(Elem(RefType(False, "func"), entries, "active", 0, offset))

    # What statements are made of

    def number_type(self) -> ValType:
        """A number type, or the vector type."""
        type_: ValType = self.draw(st.sampled_from(self.numbers))
        return type_

    def value(self, type_: ValType, depth: int = 2) -> Expr:
        """A value."""
        return self.draw(expressions(type_, self.scope, depth=depth))

    def values(self, types: ResultType) -> Expr:
        """Values, one after the other."""
        return [one for type_ in types for one in self.value(type_)]

    def address(self) -> Expr:
        """An address, or a length, within the first page."""
        return [*self.value(I32), instr("i32.const", MEMORY_MASK), instr("i32.and")]

    def small(self, limit: int) -> Expr:
        """A number below `limit`, a power of two, that is not known before."""
        return [*self.value(I32), instr("i32.const", limit - 1), instr("i32.and")]

    def local(self, type_: ValType) -> int:
        """A local of the scope."""
        indices = [index for index, other in enumerate(self.scope.locals) if other == type_]
        index: int = self.draw(st.sampled_from(indices))
        return index

    def new_local(self, type_: ValType) -> int:
        """A local that nobody else touches."""
        self.extra.append(type_)
        return len(self.scope.locals) + (3 if "simd" in self.features else 2) + len(self.extra) - 1

    def keep(self, types: ResultType) -> Expr:
        """Take values from the stack into locals."""
        return [instr("local.set", self.local(type_)) for type_ in reversed(types)]

    def block(self, depth: int) -> Expr:
        """Some statements."""
        chosen = self.draw(st.lists(st.sampled_from(self.statements), max_size=3)) if depth > 0 else []
        return [one for statement in chosen for one in statement(self, depth - 1)]

    def inside(self, forward: bool, depth: int) -> Expr:
        """Some statements, one label further in."""
        self.labels.append(forward)
        statements = self.block(depth)
        self.labels.pop()
        return statements

    def forward_labels(self) -> list[int]:
        """The labels that a branch may go to."""
        return [index for index, forward in enumerate(reversed(self.labels)) if forward]

    def ending(self, results: ResultType) -> Expr:
        """The results of the function, or a tail call to a function that has the same."""
        same = [index for index, other in enumerate(self.signatures) if other.results == results]
        if same and "tail-call" in self.features and self.draw(st.booleans()):
            callee = self.draw(st.sampled_from(same))
            return [*self.values(self.signatures[callee].params), instr("return_call", callee)]
        return self.values(results)


@_statement("mvp")
def _assign(author: Author, depth: int) -> Expr:
    type_ = author.number_type()
    value = author.value(type_, 4)
    kind = author.draw(st.sampled_from(("local.set", "local.tee", "global.set")))
    if kind == "global.set":
        return [*value, instr(kind, author.numbers.index(type_))]
    dropped = [instr("drop")] if kind == "local.tee" else []
    return [*value, instr(kind, author.local(type_)), *dropped]


@_statement("mvp")
def _select(author: Author, depth: int) -> Expr:
    type_ = author.number_type()
    typed = "reference-types" in author.features and author.draw(st.booleans())
    select = instr("select_t", (type_,)) if typed else instr("select")
    return [*author.values((type_, type_, I32)), select, *author.keep((type_,))]


@_statement("mvp")
def _effect(author: Author, depth: int) -> Expr:
    row = author.draw(st.sampled_from(effects(author.scope)))
    effect: Expr = author.draw(applications(row, author.scope, depth=2))
    return effect


@_statement("mvp")
def _if(author: Author, depth: int) -> Expr:
    then, otherwise = author.inside(True, depth), author.inside(True, depth)
    alternative = [instr("else"), *otherwise] if otherwise else []
    return [*author.value(I32), instr("if", None), *then, *alternative, instr("end")]


@_statement("mvp")
def _if_value(author: Author, depth: int) -> Expr:
    type_ = author.number_type()
    then, otherwise = author.value(type_), author.value(type_)
    return [
        *author.value(I32), instr("if", type_), *then, instr("else"), *otherwise, instr("end"),
        *author.keep((type_,)),
    ]  # fmt: skip


@_statement("mvp")
def _block(author: Author, depth: int) -> Expr:
    return [instr("block", None), *author.inside(True, depth), instr("end")]


@_statement("mvp")
def _block_value(author: Author, depth: int) -> Expr:
    type_ = author.number_type()
    early = [*author.value(type_), *author.value(I32), instr("br_if", 0), instr("drop")]
    return [instr("block", type_), *early, *author.value(type_), instr("end"), *author.keep((type_,))]


@_statement("mvp")
def _branch(author: Author, depth: int) -> Expr:
    labels = author.forward_labels()
    if not labels:
        return [instr("nop")]
    if author.draw(st.booleans()):
        return [*author.value(I32), instr("br_if", author.draw(st.sampled_from(labels)))]
    inner = st.sampled_from([label + 1 for label in labels])
    table = instr("br_table", tuple(author.draw(st.lists(inner, max_size=4))), author.draw(inner))
    return [*author.value(I32), instr("if", None), *author.small(8), table, instr("end")]


@_statement("mvp")
def _loop(author: Author, depth: int) -> Expr:
    counter = author.new_local(I32)
    again = [
        instr("local.get", counter), instr("i32.const", 1), instr("i32.add"), instr("local.tee", counter),
        instr("i32.const", author.draw(st.integers(1, 3))), instr("i32.lt_u"), instr("br_if", 0),
    ]  # fmt: skip
    start = [instr("i32.const", 0), instr("local.set", counter)]
    return [*start, instr("loop", None), *author.inside(False, depth), *again, instr("end")]


@_statement("mvp")
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


@_statement("mvp")
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


@_statement("multi-value")
def _blocks_with_parameters(author: Author, depth: int) -> Expr:
    types = (author.number_type(), author.number_type())
    block = instr(author.draw(st.sampled_from(("block", "loop"))), author.type(types, types))
    leave = [] if block[0] is INSTRUCTIONS["loop"] else [*author.value(I32), instr("br_if", 0)]
    return [*author.values(types), block, *leave, instr("end"), *author.keep(types)]


@_statement("bulk-memory")
def _memory_copy(author: Author, depth: int) -> Expr:
    return [*author.address(), *author.address(), *author.address(), instr("memory.copy", 0, 0)]


@_statement("reference-types")
def _table(author: Author, depth: int) -> Expr:
    spare = instr("i32.const", SPARE_ENTRY)
    reference = [instr("ref.func", 0)] if author.signatures else [instr("ref.null", "func")]
    options: list[Expr] = [
        [instr("table.size", 0), *author.keep((I32,))],
        [*reference, *author.value(I32), instr("table.grow", 0), *author.keep((I32,))],
        [spare, *reference, instr("table.set", 0)],
        [*author.small(2), instr("table.get", 0), instr("ref.is_null"), *author.keep((I32,))],
    ]
    choice: Expr = author.draw(st.sampled_from(options))
    return choice
