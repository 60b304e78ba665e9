"""What engines are held against each other on: a module, or the modules of a fixture, and what it exports."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from hypothesis import strategies as st

from harness.differential.canonical import canonical
from harness.generate.values import BITS, values
from harness.outcome import Number
from harness.sandbox import protocol
from harness.sandbox.wasi.table import MODULE
from harness.standard import binary, features
from harness.standard.binary.writer import write
from harness.standard.types import FuncIndex, FuncType, RefType

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hypothesis.strategies import SearchStrategy

    from harness.standard.syntax import Module
    from harness.standard.types import ValType

INSTANCE = "subject"
"""The name of the instance that is called."""
_HOST = "host"
_WASI = protocol.Wasi(MODULE, ("program",), seed=0)


class Call(NamedTuple):
    """One call, of an export with arguments."""

    export: str
    args: tuple[Number, ...]


@dataclass(frozen=True)
class Subject:
    """Modules, of which the last is called, and earlier ones may be imported from by their names."""

    modules: Sequence[tuple[str, Module]]
    functions: dict[str, FuncType] = field(init=False)
    """The exported functions whose arguments can be made up."""
    left_out: list[str] = field(init=False)
    """The other exported functions."""

    def __post_init__(self) -> None:
        exported = _functions(self.module)
        callable_ = {
            name: type_ for name, type_ in exported.items() if None not in map(_values, type_.params)
        }
        object.__setattr__(self, "functions", callable_)
        object.__setattr__(self, "left_out", [name for name in exported if name not in callable_])

    @property
    def module(self) -> Module:
        """The one that is called."""
        return self.modules[-1][1]

    @property
    def features(self) -> frozenset[str]:
        """What an engine needs for it."""
        return frozenset().union(*(module.features for _, module in self.modules))

    def compilation(self) -> list[protocol.Command]:
        """The commands that compile everything, once."""
        return [
            protocol.Compile(f"{INSTANCE} {index}", write(module))
            for index, (_, module) in enumerate(self.modules)
        ]

    def instantiation(self, limits: protocol.Limits) -> list[protocol.Command]:
        """The commands that make everything anew; the last one instantiates what is called."""
        imports = [entry for _, module in self.modules for entry in module.imports]
        functions = sorted({entry.name for entry in imports if entry.module == _HOST})
        commands: list[protocol.Command] = []
        if any(entry.module == MODULE for entry in imports):
            commands.append(_WASI)
        if functions:
            commands.append(protocol.Host(_HOST, tuple(functions)))
        for index, (name, _) in enumerate(self.modules[:-1]):
            key = f"{INSTANCE} {index}"
            commands += [protocol.Instantiate(key, key), protocol.Register(name, key)]
        last = f"{INSTANCE} {len(self.modules) - 1}"
        return [*commands, protocol.Instantiate(INSTANCE, last, limits)]

    @property
    def keeps_state(self) -> bool:
        """Whether a call can leave something behind for the next one."""
        module = self.module
        return bool(module.globals or module.memories or module.tables or module.imports)

    def state(self) -> list[protocol.Get | protocol.ReadMemory]:
        """The commands that look at the state that is exported: globals, then memories."""
        kinds = {"global": protocol.Get, "memory": protocol.ReadMemory}
        exports = sorted(self.module.exports, key=lambda export: export.kind)
        return [kinds[export.kind](INSTANCE, export.name) for export in exports if export.kind in kinds]

    def calls(self, name: str) -> SearchStrategy[Call]:
        """Calls of one export, those first that engines get wrong."""
        args = st.tuples(*(_required(type_) for type_ in self.functions[name].params))
        return args.map(lambda made: Call(name, made))

    def sequences(self, most: int) -> SearchStrategy[list[Call]]:
        """Several calls of one instance, one after the other."""
        return st.lists(st.one_of([self.calls(name) for name in self.functions]), min_size=2, max_size=most)


def subject(binaries: Sequence[tuple[str, bytes]]) -> Subject:
    """What to call, and how; every NaN that these modules compute is made the canonical one.

    Raises `harness.engine.Malformed` or `Invalid`.
    """
    return Subject([(name, canonical(binary.read(data, features.ALL))) for name, data in binaries])


def _functions(module: Module) -> dict[str, FuncType]:
    types = [sub.comp for group in module.types for sub in group]
    indices = [entry.type.type for entry in module.imports if isinstance(entry.type, FuncIndex)]
    indices += [function.type for function in module.funcs]
    found = {}
    for export in module.exports:
        type_ = types[indices[export.index]] if export.kind == "func" else None
        if isinstance(type_, FuncType):
            found[export.name] = type_
    return found


def _values(type_: ValType) -> SearchStrategy[Number] | None:
    """Values of a type; None if there are none that we could make up."""
    if isinstance(type_, str) and type_ in BITS:
        return values(type_).map(lambda bits: Number(type_, str(bits)))
    if type_ in (RefType(True, "extern"), RefType(False, "extern")):
        some = st.integers(0, 3).map(lambda bits: Number("extern", str(bits)))
        return some if not type_.nullable else st.one_of(st.just(Number("extern", None)), some)
    if isinstance(type_, RefType) and type_.nullable and type_.heap in ("func", "any", "exn"):
        return st.just(Number(type_.heap, None))
    return None


def _required(type_: ValType) -> SearchStrategy[Number]:
    found = _values(type_)
    assert found is not None
    return found
