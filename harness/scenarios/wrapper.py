"""Modules around a case, which reach its export in another way than the host does.

A wrapper imports the export and has one of the same type, `RUN`, whose call comes to it

- ``instance``: by calling it, so that the call runs in two instances;
- ``reentry``: through the host, whose function ``reenter`` calls `INNER` of the wrapper, which calls it. The
  arguments go in and the results come out by way of globals, for that function has neither.

Both hand on every bit of what they are given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from harness.standard.binary.writer import write
from harness.standard.instructions import INSTRUCTIONS
from harness.standard.syntax import Export, Func, Global, Import, Instr, Module
from harness.standard.types import FuncIndex, FuncType, GlobalType, RefType, SubType

if TYPE_CHECKING:
    from harness.results import Reach
    from harness.standard.types import ValType

CASE = "case"
"""The module name that the case is imported from."""
RUN = "run"
"""The export that is invoked instead of the case's."""
HOST = "host"
"""The module name that the host's functions are imported from."""
INNER = "inner"
"""The export that some functions of the host call, of the instance that was invoked."""
REENTERING = frozenset({"reenter", "reenter-background", "swallow"})
"""Those functions."""


class Wrapper(NamedTuple):
    """A module around a case, ready to be sent."""

    binary: bytes
    host: tuple[str, ...]
    """The functions of the host that it imports."""


def wrap(case: Module, export: str, reach: Reach) -> Wrapper | None:
    """What reaches the exported function `export` in this way; None for the host, who needs nothing.

    Raises ValueError, with one line, for a type whose values cannot be handed on.
    """
    match reach:
        case "host":
            return None
        case "instance":
            return Wrapper(write(_calling(case, export)), ())
        case "reentry":
            return Wrapper(write(_reentering(case, export)), ("reenter",))


def type_index(module: Module, export: str) -> int:
    """The index of the type of an exported function."""
    imported = [i.type.type for i in module.imports if isinstance(i.type, FuncIndex)]
    types = [*imported, *(function.type for function in module.funcs)]
    return next(types[index] for name, kind, index in module.exports if (name, kind) == (export, "func"))


def function_type(module: Module, index: int) -> FuncType:
    """The function type with an index."""
    found = [sub.comp for group in module.types for sub in group][index]
    assert isinstance(found, FuncType)
    return found


def _calling(case: Module, export: str) -> Module:
    type_ = type_index(case, export)
    params = range(len(function_type(case, type_).params))
    imports, exports = [Import(CASE, export, FuncIndex(type_))], []
    if any((name, kind) == (INNER, "func") for name, kind, _ in case.exports):
        # the host may call it, of the instance that was invoked
        imports.append(Import(CASE, INNER, FuncIndex(type_index(case, INNER))))
        exports.append(Export(INNER, "func", 1))
    return Module(
        types=case.types,
        imports=imports,
        funcs=[Func(type_, [], [*(_op("local.get", index) for index in params), _op("call", 0), _op("end")])],
        exports=[Export(RUN, "func", len(imports)), *exports],
    )


def _reentering(case: Module, export: str) -> Module:
    type_ = type_index(case, export)
    params, results = function_type(case, type_)
    outgoing = range(len(params), len(params) + len(results))
    procedure = sum(map(len, case.types))
    run = [
        *(op for index in range(len(params)) for op in (_op("local.get", index), _op("global.set", index))),
        _op("call", 1),
        *(_op("global.get", index) for index in outgoing),
        _op("end"),
    ]
    inner = [
        *(_op("global.get", index) for index in range(len(params))),
        _op("call", 0),
        *(_op("global.set", index) for index in reversed(outgoing)),
        _op("end"),
    ]
    return Module(
        types=[*case.types, (SubType(True, (), FuncType((), ())),)],
        imports=[Import(CASE, export, FuncIndex(type_)), Import(HOST, "reenter", FuncIndex(procedure))],
        funcs=[Func(type_, [], run), Func(procedure, [], inner)],
        globals=[Global(GlobalType(kind, True), [_zero(kind), _op("end")]) for kind in (*params, *results)],
        exports=[Export(RUN, "func", 2), Export(INNER, "func", 3)],
    )


def _op(name: str, *immediates: Any) -> Instr:
    return INSTRUCTIONS[name], *immediates


def _zero(kind: ValType) -> Instr:
    if not isinstance(kind, RefType):
        return _op(f"{kind}.const", 0)
    if not kind.nullable:
        raise ValueError(f"there is no global of type {kind} to begin with; leave out the reach 'reentry'")
    return _op("ref.null", kind.heap)
