"""What has to be read from the binary itself, since wasmtime does not tell it to C or to Python."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from engines.wasmtime.values import ANYREF, FUNCREF, KINDS
from harness.standard.binary import read
from harness.standard.features import ALL
from harness.standard.types import FuncIndex, FuncType

if TYPE_CHECKING:
    from harness.standard.syntax import Module
    from harness.standard.types import ValType


class Signature(NamedTuple):
    """Of an exported function: what ``wasmtime_val_t`` calls its parameters, and how many results it has."""

    params: list[int]
    results: int


def signatures(module: Module) -> dict[str, Signature]:
    """Of all exported functions; asked for types of GC, wasmtime's C interface aborts the process."""
    types = [sub.comp for group in module.types for sub in group]
    functions = [entry.type.type for entry in module.imports if isinstance(entry.type, FuncIndex)]
    functions += [function.type for function in module.funcs]

    def kind(type: ValType) -> int:
        heap = type if isinstance(type, str) else type.heap
        if isinstance(heap, str):
            return KINDS[heap]
        return FUNCREF if isinstance(types[heap], FuncType) else ANYREF

    made = {}
    for export in module.exports:
        if export.kind == "func":
            type = types[functions[export.index]]
            assert isinstance(type, FuncType)
            made[export.name] = Signature([kind(param) for param in type.params], len(type.results))
    return made


def instruction_at(binary: bytes, function: int, offset: int) -> str:
    """The name of the instruction of a function that starts at `offset` of the binary; empty if none does."""
    module = read(binary, ALL)
    own = function - sum(isinstance(entry.type, FuncIndex) for entry in module.imports)
    if not 0 <= own < len(module.funcs) or offset not in module.funcs[own].offsets:
        return ""
    name: str = module.funcs[own].body[module.funcs[own].offsets.index(offset)][0].name
    return name
