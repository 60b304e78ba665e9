"""The module a person gives us: read, its exports known, values as people write them."""

from __future__ import annotations

import math
import struct
from typing import TYPE_CHECKING, NamedTuple

from harness.assembler import AssemblyError, assemble
from harness.cli.problem import Problem
from harness.engine import Invalid, Malformed, Unsupported
from harness.sandbox import protocol
from harness.scenarios import expectation
from harness.scenarios.source import FixtureError, Header, Source
from harness.standard import binary, features
from harness.standard.types import FuncIndex, FuncType
from harness.suggest import unknown

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from harness.outcome import Number
    from harness.standard.syntax import Module

_MAGIC = b"\0asm"
_HOST = "host"
START = "_start"
"""The export that a program of WASI begins with."""
_LIKELY_NAN = {"f32": 0x400000, "f64": 0x8000000000000}


class Call(NamedTuple):
    """What to invoke."""

    name: str
    args: tuple[Number, ...]


class Guest(NamedTuple):
    """One module, or the modules of a fixture, of which the last is the one that is called."""

    binaries: tuple[tuple[str, bytes], ...]
    """Each with the name that later ones import it by."""
    modules: tuple[Module | None, ...]
    """Decoded, without code; None where that fails, which is for the engine to judge."""
    header: Header | None
    """Of a fixture."""

    @property
    def is_program(self) -> bool:
        """Whether it is a command in the sense of WASI: it begins at `START`, and not before."""
        module = self.modules[-1]
        return (
            module is not None
            and self.header is None
            and any(export.kind == "func" and export.name == START for export in module.exports)
        )

    def call(self, name: str | None, args: Sequence[str]) -> Call | None:
        """Check what is to be called; None if it is the instantiation alone. Raises `Problem`."""
        if name is None and self.header is not None and self.header.invoke is not None:
            name, args = self.header.invoke, args or [str(arg) for arg in self.header.args]
        if name is None:
            if args:
                raise Problem(f"arguments without a function; give --invoke. {self._exports()}")
            return None
        module = self.modules[-1]
        if module is None:
            return Call(name, ())
        found = [export for export in module.exports if export.kind == "func" and export.name == name]
        if not found:
            there_are = [export.name for export in module.exports if export.kind == "func"]
            raise Problem(unknown("function", name, there_are))
        kind = _function_type(module, found[0].index)
        try:
            return Call(name, expectation.numbers(args, kind.params))
        except ValueError as error:
            raise Problem(f"{name}: {error}") from error

    def _exports(self) -> str:
        module = self.modules[-1]
        names = [export.name for export in module.exports if export.kind == "func"] if module else []
        return f"There are: {', '.join(names) or 'none'}"

    def commands(self, limits: protocol.Limits | None, wasi: protocol.Wasi) -> list[protocol.Command]:
        """Compile and instantiate everything; `limits` are for the instantiation of the last."""
        imports = [import_ for module in self.modules if module for import_ in module.imports]
        functions = {import_.name for import_ in imports if import_.module == _HOST}
        commands: list[protocol.Command] = []
        if any(import_.module == wasi.name for import_ in imports):
            commands.append(wasi)
        if functions:
            commands.append(protocol.Host(_HOST, tuple(sorted(functions))))
        for position, (name, data) in enumerate(self.binaries, 1):
            last = position == len(self.binaries)
            key = str(position)
            commands.append(protocol.Compile(key, data))
            commands.append(protocol.Instantiate(key, key, limits if last else None))
            if name and not last:
                commands.append(protocol.Register(name, key))
        return commands

    @property
    def instance(self) -> str:
        """The name under which `commands` instantiates the last module."""
        return str(len(self.binaries))


def read(path: Path) -> Guest:
    """Read a file in text or binary format; raises `Problem`."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise Problem(f"{path}: {error.strerror}") from error
    header = None
    try:
        if data.startswith(_MAGIC):
            binaries: tuple[tuple[str, bytes], ...] = (("", data),)
        elif data.startswith(b";;!"):
            source = Source(path)
            header = source.header
            binaries = tuple(
                (text.name, assemble(text.wat, file=str(path), line=text.line).binary)
                for text in source.modules()
            )
        else:
            binaries = (("", assemble(data, file=str(path)).binary),)
    except (FixtureError, AssemblyError) as error:
        raise Problem(str(error)) from error
    return Guest(binaries, tuple(_decode(data) for _, data in binaries), header)


def _decode(data: bytes) -> Module | None:
    try:
        return binary.read(data, features.ALL, bodies=False)
    except (Malformed, Invalid, Unsupported):
        return None


def _function_type(module: Module, index: int) -> FuncType:
    imported = [i.type.type for i in module.imports if isinstance(i.type, FuncIndex)]
    types = [sub.comp for group in module.types for sub in group]
    found = types[[*imported, *(function.type for function in module.funcs)][index]]
    assert isinstance(found, FuncType)
    return found


def is_number(text: str) -> bool:
    """Whether this is an argument and no option, although it begins with a hyphen."""
    try:
        float(int(text, 0)) if "0x" in text.lower() else float(text)
    except ValueError:
        return False
    return True


def show(number: Number) -> str:
    """A value as people write it: integers with sign, floats as short as can be, NaNs with their payload."""
    if number.bits is None:
        return "null"
    bits = int(number.bits)
    match number.type:
        case "i32" | "i64":
            size = int(number.type[1:])
            return str(bits - (1 << size) if bits >> (size - 1) else bits)
        case "f32":
            return _show_float(struct.unpack("<f", struct.pack("<I", bits))[0], bits & 0x7FFFFF, "f32")
        case "f64":
            value = struct.unpack("<d", struct.pack("<Q", bits))[0]
            return _show_float(value, bits & 0xFFFFFFFFFFFFF, "f64")
        case "v128":
            return f"v128:{bits:#034x}"
    return f"{number.type}:{bits}"


def _show_float(value: float, payload: int, kind: str) -> str:
    if math.isnan(value):
        sign = "-" if math.copysign(1, value) < 0 else ""
        return f"{sign}nan" if payload == _LIKELY_NAN[kind] else f"{sign}nan:{payload:#x}"
    if kind == "f32" and math.isfinite(value):
        # the fewest digits that come back as the same f32
        return next(text for digits in range(1, 10) if _as_f32(text := f"{value:.{digits}g}") == value)
    return repr(value)


def _as_f32(text: str) -> float:
    try:
        return float(struct.unpack("<f", struct.pack("<f", float(text)))[0])
    except OverflowError:
        return math.inf
