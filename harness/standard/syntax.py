"""A module as it is written (standard, "Structure / Modules"): what the reader makes and the writer takes.

An instruction is a tuple: its row of the table of instructions, then its immediates as that row lists them,
so ``(INSTRUCTIONS["i32.const"], 7)``; `harness.standard.instructions` says what each kind looks like. Bodies
are flat, with `block`, `loop`, `if`, `try_table`, `else` and `end` among the rest, as in the binary format;
the last instruction of a body or constant expression is its `end`.

The type of a block is None (nothing in, nothing out), a value type (nothing in, one out), or an int, the
index of a function type. Constants are their bits as an unsigned int.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.standard.types import (
        ExternType,
        GlobalType,
        MemType,
        RecType,
        RefType,
        TableType,
        TagType,
        ValType,
    )

Instr: TypeAlias = tuple[Any, ...]
Expr: TypeAlias = list[Instr]


class MemArg(NamedTuple):
    """Immediate of loads and stores; `align` is the exponent of two."""

    align: int
    offset: int
    memory: int = 0


class Catch(NamedTuple):
    """A clause of `try_table`; `kind` is ``catch catch_ref catch_all catch_all_ref``."""

    kind: str
    tag: int | None
    """None for the two that catch all."""
    label: int


BlockType: TypeAlias = "ValType | int | None"


class Import(NamedTuple):
    """An import."""

    module: str
    name: str
    type: ExternType


class Export(NamedTuple):
    """An export; `kind` is ``func table memory global tag``."""

    name: str
    kind: str
    index: int  # type: ignore[assignment]  # hides tuple.index


@dataclass(slots=True)
class Func:
    """A function of the module's own."""

    type: int
    locals: list[ValType]
    """Without the parameters."""
    body: Expr
    offsets: Sequence[int] = field(default=(), compare=False)
    """Where in the binary each instruction of `body` starts; for located errors; may be empty."""


class Table(NamedTuple):
    """A table; `init` is None where its entries start as null."""

    type: TableType
    init: Expr | None


class Global(NamedTuple):
    """A global."""

    type: GlobalType
    init: Expr


class Elem(NamedTuple):
    """An element segment; `mode` is ``active passive declarative``."""

    type: RefType
    init: tuple[Expr, ...]
    mode: str
    table: int = 0
    offset: Expr | None = None


class Data(NamedTuple):
    """A data segment; `mode` is ``active passive``."""

    init: bytes
    mode: str
    memory: int = 0
    offset: Expr | None = None


@dataclass(slots=True)
class Module:
    """A module; index spaces start with the imports of their kind."""

    types: list[RecType] = field(default_factory=list)
    imports: list[Import] = field(default_factory=list)
    funcs: list[Func] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    memories: list[MemType] = field(default_factory=list)
    tags: list[TagType] = field(default_factory=list)
    globals: list[Global] = field(default_factory=list)
    exports: list[Export] = field(default_factory=list)
    start: int | None = None
    elems: list[Elem] = field(default_factory=list)
    data_count: int | None = None
    datas: list[Data] = field(default_factory=list)
    features: set[str] = field(default_factory=set, compare=False)
    """What the reader had to know to read it: names of `harness.standard.features`."""
