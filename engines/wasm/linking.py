"""Linking: what may be imported as what (standard, "Validation / Matching" and "External Typing")."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engines.wasm.deftypes import matches
from engines.wasm.store import (
    Extern,
    FunctionInstance,
    GlobalInstance,
    MemoryInstance,
    TableInstance,
    TagInstance,
)
from harness.engine import Unlinkable
from harness.standard.types import FuncIndex, GlobalType, Limits, MemType, TableType, TagType

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from engines.wasm.deftypes import DefType
    from engines.wasm.validation import ValidModule
    from harness.standard.syntax import Import


def link(module: ValidModule, resolve: Callable[[Import], Extern]) -> list[Extern]:
    """What `resolve` finds for the imports of `module`, in order, each of a matching type.

    `resolve` and this raise `Unlinkable`.
    """
    # Imports come first in their index space: the n-th import of a kind has the n-th type there.
    spaces: dict[type, tuple[str, Iterator[Any], Callable[[Extern, Any], bool]]] = {
        FuncIndex: ("function", iter(module.funcs), is_function),
        TableType: ("table", iter(module.tables), is_table),
        MemType: ("memory", iter(module.memories), is_memory),
        GlobalType: ("global", iter(module.globals), is_global),
        TagType: ("tag", iter(module.tags), is_tag),
    }
    externs = []
    for import_ in module.module.imports:
        kind, types, fits = spaces[type(import_.type)]
        extern = resolve(import_)
        if not fits(extern, next(types)):
            raise Unlinkable(
                f"incompatible import type: {import_.module!r} {import_.name!r} is not such a {kind}"
            )
        externs.append(extern)
    return externs


def is_function(extern: Extern, wanted: DefType) -> bool:
    """Whether `extern` is a function of the wanted type or a subtype."""
    return isinstance(extern, FunctionInstance) and matches(extern.type, wanted)


def is_table(extern: Extern, wanted: TableType) -> bool:
    """Whether `extern` is a table of just these references, and at the moment large enough."""
    return (
        isinstance(extern, TableInstance)
        and _within(extern.size, extern.type.limits, wanted.limits)
        and matches(extern.type.ref, wanted.ref)
        and matches(wanted.ref, extern.type.ref)
    )


def is_memory(extern: Extern, wanted: MemType) -> bool:
    """Whether `extern` is such a memory, and at the moment large enough."""
    return (
        isinstance(extern, MemoryInstance)
        and _within(extern.size, extern.type.limits, wanted.limits)
        and extern.type.shared == wanted.shared
        and extern.type.page == wanted.page
    )


def is_global(extern: Extern, wanted: GlobalType) -> bool:
    """Whether `extern` is such a global: mutable, of just this type; immutable, of this or a subtype."""
    return (
        isinstance(extern, GlobalInstance)
        and extern.type.mutable == wanted.mutable
        and matches(extern.type.type, wanted.type)
        and (not wanted.mutable or matches(wanted.type, extern.type.type))
    )


def is_tag(extern: Extern, wanted: DefType) -> bool:
    """Whether `extern` is a tag of just this type."""
    return isinstance(extern, TagInstance) and matches(extern.type, wanted) and matches(wanted, extern.type)


def _within(size: int, declared: Limits, wanted: Limits) -> bool:
    return (
        size >= wanted.min
        and (wanted.max is None or (declared.max is not None and declared.max <= wanted.max))
        and declared.address == wanted.address
    )
