"""A fixture assembled: what is sent to a worker and what is expected of it, typed by the module's exports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from harness.assembler import AssemblyError, assemble
from harness.engine import EngineError
from harness.scenarios import expectation
from harness.scenarios.source import FixtureError
from harness.scenarios.wrapper import HOST, REENTERING, Wrapper, function_type, type_index, wrap
from harness.standard import binary, features
from harness.standard.types import FuncType

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.outcome import Number
    from harness.results import Reach
    from harness.scenarios.expectation import Expectation
    from harness.scenarios.source import Source, Text
    from harness.standard.syntax import Module
    from harness.standard.types import ResultType

_ALWAYS = frozenset({"mvp", "mutable-globals"})
Observable: TypeAlias = Literal["global", "memory"]


class Assembled(NamedTuple):
    """A module, ready to be sent."""

    name: str
    binary: bytes


class Call(NamedTuple):
    """What is invoked, and what must come of it."""

    args: tuple[Number, ...]
    on: Expectation
    off: Expectation


class Program(NamedTuple):
    """Everything a worker has to be told."""

    modules: tuple[Assembled, ...]
    """Each under the name it is registered by; the last is the case's."""
    host: tuple[str, ...]
    """The functions of the host that they import."""
    features: frozenset[str]
    call: Call
    large: Call | None
    """More of the same."""
    results: ResultType
    """Of the export that is invoked."""
    state: tuple[tuple[str, Observable], ...]
    """The exports of the case's module that can be read: name and kind."""
    assembler: str
    """Who assembled it, with version."""
    wrappers: Mapping[Reach, Wrapper]
    """What is invoked instead of the case's module where the call comes to it in another way."""


def build(source: Source, reaches: Sequence[Reach]) -> Program:
    """Assemble a fixture and check its header against its exports; raises `FixtureError`."""
    assembled, decoded, tools = [], [], []
    for text in source.modules():
        module, tool, syntax = _assemble(source, text)
        assembled.append(module)
        decoded.append(syntax)
        tools.append(tool)
    used = frozenset[str]().union(*(syntax.features for syntax in decoded)) - _ALWAYS
    _check_needs(source, used)
    case = decoded[-1]
    host = tuple(sorted({i.name for syntax in decoded for i in syntax.imports if i.module == HOST}))
    kind = _type_of_call(source, case)
    call, large = _calls(source, kind)
    observable: dict[str, Observable] = {"global": "global", "memory": "memory"}
    state = tuple((e.name, observable[e.kind]) for e in case.exports if e.kind in observable)
    _check_progress(source, case, dict(state))
    return Program(
        modules=tuple(assembled),
        host=host,
        features=used | _ALWAYS,
        call=call,
        large=large,
        results=kind.results,
        state=state,
        assembler=", ".join(dict.fromkeys(tools)),
        wrappers=_wrappers(source, case, host, reaches),
    )


def _assemble(source: Source, text: Text) -> tuple[Assembled, str, Module]:
    try:
        bytes_, tool = assemble(text.wat, file=str(source.path), line=text.line)
    except AssemblyError as error:
        raise FixtureError(source.path, error.line, f"does not assemble: {error.reason}") from None
    try:
        return Assembled(text.name, bytes_), tool, binary.read(bytes_, features.ALL)
    except EngineError as error:
        raise FixtureError(source.path, text.line, f"does not assemble to a module: {error}") from None


def _check_needs(source: Source, used: frozenset[str]) -> None:
    """Filters go by the header alone, so it has to be true."""
    ordered = tuple(name for name in features.FEATURES if name in used)
    if ordered != source.header.needs:
        right = ", ".join(f'"{name}"' for name in ordered)
        raise source.error(f"the modules need other features; write needs = [{right}]", "needs")


def _calls(source: Source, kind: FuncType) -> tuple[Call, Call | None]:
    header = source.header
    args = _checked(source, "args", header.args, kind)
    on, off = (_expected(source, key, getattr(header, key), kind) for key in ("on", "off"))
    large = None
    if header.large is not None:
        same = _expected(source, "large", f"returns {header.large.returns}", kind)
        large = Call(_checked(source, "large", header.large.args, kind), same, same)
    return Call(args, on, off), large


def _checked(source: Source, key: str, args: Sequence[int | float], kind: FuncType) -> tuple[Number, ...]:
    try:
        return expectation.numbers(args, kind.params)
    except ValueError as error:
        raise source.error(f"{key}: {error}", key if args else "invoke") from None


def _expected(source: Source, key: str, text: str, kind: FuncType) -> Expectation:
    try:
        return expectation.parse(text, kind.results)
    except ValueError as error:
        raise source.error(f"{key}: {error}", key) from None


def _type_of_call(source: Source, module: Module) -> FuncType:
    """The type of the export to invoke; an instantiation takes nothing and gives nothing."""
    name = source.header.invoke
    if name is None:
        return FuncType((), ())
    kind = _export_kind(source, module, "invoke", name)
    if kind != "func":
        raise source.error(f"{name!r} is a {kind}, not a function", "invoke")
    return function_type(module, type_index(module, name))


def _wrappers(
    source: Source, module: Module, host: Sequence[str], reaches: Sequence[Reach]
) -> dict[Reach, Wrapper]:
    export = source.header.invoke
    if export is None:
        return {}
    if "reentry" in reaches and REENTERING.intersection(host):
        key = "reaches" if source.header.reaches else "invoke"
        raise source.error('it calls itself by way of the host; write reaches = ["host", "instance"]', key)
    try:
        made = {reach: wrap(module, export, reach) for reach in reaches}
    except ValueError as error:
        raise source.error(f"reaches: {error}", "reaches" if source.header.reaches else "invoke") from None
    return {reach: wrapper for reach, wrapper in made.items() if wrapper is not None}


def _check_progress(source: Source, module: Module, state: dict[str, Observable]) -> None:
    name = source.header.progress
    if name is not None and name not in state:
        kind = _export_kind(source, module, "progress", name)
        raise source.error(f"{name!r} is a {kind}, not a global or a memory", "progress")


def _export_kind(source: Source, module: Module, key: str, name: str) -> str:
    kinds = {export.name: export.kind for export in module.exports}
    if name not in kinds:
        raise source.error(f"there is no export {name!r}; there are: {', '.join(kinds) or 'none'}", key)
    return kinds[name]
