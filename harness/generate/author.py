"""What writes a module: it knows what is there to be used, and has statements drawn for function bodies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from hypothesis import strategies as st

from harness.generate.expressions import MEMORY_MASK, Scope, expressions
from harness.generate.values import values
from harness.standard.instructions import INSTRUCTIONS
from harness.standard.syntax import Data, Elem, Export, Func, Global, Module, Table
from harness.standard.types import (
    F32,
    F64,
    FUNCREF,
    I32,
    I64,
    NUMBER_TYPES,
    V128,
    FuncType,
    GlobalType,
    Limits,
    MemType,
    RefType,
    SubType,
    TableType,
    TagType,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hypothesis.strategies import DrawFn

    from harness.standard.syntax import Expr, Instr
    from harness.standard.types import CompType, ResultType, ValType

MEMORY = MemType(Limits(1, 2))
END = 2 * MEMORY.page
"""No address from here on is ever one of this memory."""
_MORE_MEMORIES = (
    ("multi-memory", MEMORY),
    ("memory64", MemType(Limits(1, 2, I64))),
    ("custom-page-sizes", MemType(Limits(65536, 65540), page=1)),
)
"""Where there are several memories, with the feature that each needs besides."""

NULL_ENTRY, SPARE_ENTRY, FIRST_ENTRY = 0, 1, 2
"""The table: an entry that is always null, one that may change, and from there on the functions."""

ACTIVE, PASSIVE = 0, 1
"""The segments of data and of elements; those that are passive come with the feature bulk-memory."""
PASSIVE_SIZE = 128
"""Bytes of the passive data segment."""

Statement: TypeAlias = "Callable[[Author, int], Expr]"
"""Writes code that leaves the stack as it was; in it, that many levels of statements."""


def instr(name: str, *immediates: Any) -> Instr:
    """An instruction by its name."""
    return (INSTRUCTIONS[name], *immediates)


class Author:
    """Writes one module: a memory, a table, a global of each type, and functions one after the other.

    With `canonical` its results depend on nothing that the standard leaves open.
    """

    def __init__(
        self,
        draw: DrawFn,
        features: frozenset[str],
        statements: Sequence[Statement],
        *,
        traps: bool,
        canonical: bool,
    ) -> None:
        self.draw = draw
        self.features = features
        self.traps = traps
        self.canonical = canonical
        self.numbers: tuple[ValType, ...] = (*NUMBER_TYPES, *((V128,) if "simd" in features else ()))
        self.statements = statements
        memories = [MEMORY]
        if "multi-memory" in features:
            memories += [memory for feature, memory in _MORE_MEMORIES if feature in features]
        self.addresses = tuple([memory.limits.address for memory in memories])
        self.module = Module(
            memories=memories,
            datas=[Data(draw(st.binary(max_size=64)), "active", 0, [instr("i32.const", 0), instr("end")])],
            exports=[Export(f"memory{index or ''}", "memory", index) for index in range(len(memories))],
        )
        if "bulk-memory" in features:
            pattern = draw(st.binary(min_size=16, max_size=16))
            self.module.datas.append(Data(pattern * (PASSIVE_SIZE // 16), "passive"))
            self.module.data_count = len(self.module.datas)
        self.signatures: list[FuncType] = []
        self.scope = Scope()
        self.labels: list[bool] = []
        """The blocks around, innermost last: whether a branch to it goes forward."""
        self.extra: list[ValType] = []
        """Locals beyond those of the scope."""
        self.results: ResultType | None = ()
        """What may be returned before the end; None if nothing may."""
        if "exceptions" in features:
            for params in ((), (self.number_type(),), (self.number_type(), I32)):
                self.module.tags.append(TagType(self.type(params, ())))
        for index, type_ in enumerate(self.numbers):
            init = [instr(f"{type_}.const", draw(values(str(type_)))), instr("end")]
            if "extended-const" in features and type_ in (I32, I64):
                operator = draw(st.sampled_from(("add", "sub", "mul")))
                init = [*init[:1] * 2, instr(f"{type_}.{operator}"), instr("end")]
            self.module.globals.append(Global(GlobalType(type_, True), init))
            if "mutable-globals" in features:
                self.module.exports.append(Export(str(type_), "global", index))

    # The module

    def type(self, params: ResultType, results: ResultType) -> int:
        """The index of a function type."""
        return self.defined(FuncType(params, results))

    def defined(self, comp: CompType) -> int:
        """The index of a type that is a group of its own."""
        group = (SubType(True, (), comp),)
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
            memories=self.addresses,
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
        if "bulk-memory" in self.features:
            self.module.elems.append(Elem(RefType(False, "func"), entries[-1:], "passive"))

    # What statements are made of

    def choose(self, options: Sequence[Callable[[], Expr]]) -> Expr:
        """What one of several functions writes."""
        return self.draw(st.sampled_from(options))()

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

    def address(self, type_: str = I32) -> Expr:
        """An address, or a length, within the first 64 KiB of a memory."""
        return [*self.value(type_), instr(f"{type_}.const", MEMORY_MASK), instr(f"{type_}.and")]

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
        if not same or "tail-call" not in self.features or self.draw(st.booleans()):
            return self.values(results)
        callee = self.draw(st.sampled_from(same))
        params = self.signatures[callee].params
        index = self.type(params, results)
        calls: list[Expr] = [
            [instr("return_call", callee)],
            [instr("i32.const", FIRST_ENTRY + callee), instr("return_call_indirect", index, 0)],
        ]
        if "function-references" in self.features:
            calls.append([instr("ref.func", callee), instr("return_call_ref", index)])
        return [*self.values(params), *self.draw(st.sampled_from(calls))]
