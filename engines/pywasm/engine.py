"""pywasm behind the engine interface.

It asserts where the standard traps, and does not validate. So a trap is told by the instruction whose
assertion failed, and a module that is not valid is accepted, as pywasm accepts it.
"""

from __future__ import annotations

import importlib.metadata
import io
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pywasm import core

from engines.pywasm.errors import of_execution
from harness import engine
from harness.context import Cause
from harness.engine import (
    Capabilities,
    HostFunction,
    Interrupted,
    Invalid,
    Malformed,
    Unlinkable,
    Unsupported,
    Value,
)
from harness.standard import features as standard
from harness.standard.binary import read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.context import Context
    from harness.engine import Imports

_TYPES = {"i32": 0x7F, "i64": 0x7E, "f32": 0x7D, "f64": 0x7C, "v128": 0x7B, "func": 0x70, "extern": 0x6F}
_NAMES = {code: name for name, code in _TYPES.items()}
_BYTES = {"i32": 4, "i64": 8, "f32": 4, "f64": 8, "v128": 16}
_FUNC, _TABLE, _MEMORY, _GLOBAL = range(4)
_PRESENT = 4
"""The byte of a reference that says whether it is one: 0 of a null."""


class PywasmEngine(engine.Engine):
    """One store; each call has a machine with a stack of its own."""

    name = "pywasm"
    version = importlib.metadata.version("pywasm")
    capabilities = Capabilities(features=standard.version("2.0"))

    def __init__(self, *, interruptible: bool = False, features: frozenset[str] | None = None) -> None:
        super().__init__(interruptible=interruptible, features=features)
        self.store = core.Store()
        self._linking = threading.Lock()
        """pywasm reckons addresses in the store beforehand."""

    def compile(self, binary: bytes) -> core.ModuleDesc:
        """See `harness.engine.Engine`.

        pywasm does not look at what a module needs; the features that are not offered are refused here.
        """
        if more := _features(binary) - self.capabilities.features:
            raise Invalid(f"not offered: {', '.join(sorted(more))}")
        try:
            return core.ModuleDesc.from_reader(io.BytesIO(binary))
        except Exception as error:  # whatever comes of reading on where nothing is right
            raise Malformed(f"{type(error).__name__}: {error}") from error

    def instantiate(self, module: core.ModuleDesc, imports: Imports, context: Context) -> Instance:
        """See `harness.engine.Engine`."""
        externs = [self._extern(entry, module, imports) for entry in module.imps]
        machine = self.machine()
        try:
            with self._linking:
                made = machine.instance(module, externs)
        except Exception as error:
            raise of_execution(error, machine) from error
        return Instance(self, made)

    def machine(self) -> core.Machine:
        """A new one; what a trap leaves on the stack of another is nobody's."""
        machine = core.Machine()
        machine.store = self.store
        return machine

    def _extern(self, entry: core.Import, module: core.ModuleDesc, imports: Imports) -> core.Extern:
        provider = imports.get(entry.module)
        if isinstance(provider, Instance) and provider.engine is self:
            found = next((export.data for export in provider.made.exps if export.name == entry.name), None)
            if found is not None:
                if found.kind != entry.kind or not self._fits(found, entry, module):
                    raise Unlinkable(f"incompatible import {entry.module!r} {entry.name!r}")
                return found
        if isinstance(provider, Mapping) and entry.name in provider and entry.kind == _FUNC:
            return self._host_function(provider[entry.name], module.type[entry.desc])
        raise Unlinkable(f"unknown import {entry.module!r} {entry.name!r}")

    def _fits(self, found: core.Extern, entry: core.Import, module: core.ModuleDesc) -> bool:
        """What pywasm asserts when it links."""
        match entry.kind:
            case 0:
                return bool(self.store.func[found.data].type == module.type[entry.desc])
            case 1:
                table = self.store.tabl[found.data]
                return bool(table.type.type == entry.desc.type and table.suit(entry.desc.limits))
            case 2:
                return bool(self.store.mems[found.data].suit(entry.desc.limits))
            case _:
                given = self.store.glob[found.data]
                return bool(given.data.type == entry.desc.type and given.mut == entry.desc.mut)

    def _host_function(self, function: HostFunction, type_: core.FuncType) -> core.Extern:
        def call(_machine: core.Machine, args: Sequence[Any]) -> list[Any]:
            given = [_from_python(kind, arg) for kind, arg in zip(type_.args, args, strict=True)]
            return [_to_python(value) for value in function.call(given)]

        return core.Extern(_FUNC, self.store.allocate_func_host(core.FuncHost(type_, call)))


class Instance(engine.Instance):
    """An instance."""

    def __init__(self, engine: PywasmEngine, made: core.ModuleInst) -> None:
        self.engine = engine
        self.made = made
        self._closed = False

    def invoke(self, name: str, args: Sequence[Value], context: Context) -> Sequence[Value]:
        """See `harness.engine.Instance`."""
        if self._closed:
            raise Interrupted(Cause.CLOSED)
        address = self._address(name, _FUNC)
        machine = self.engine.machine()
        try:
            returned = machine.invocate(address, [_raw(value) for value in args])
        except Exception as error:
            raise of_execution(error, machine) from error
        return [_value(raw) for raw in returned]

    def get(self, name: str) -> Value:
        """See `harness.engine.Instance`."""
        return _value(self.engine.store.glob[self._address(name, _GLOBAL)].data)

    def set(self, name: str, value: Value) -> None:
        """See `harness.engine.Instance`."""
        self.engine.store.glob[self._address(name, _GLOBAL)].data = _raw(value)

    def memory(self, name: str) -> Memory:
        """See `harness.engine.Instance`."""
        return Memory(self.engine.store.mems[self._address(name, _MEMORY)])

    def close(self) -> None:
        """Refuse later calls; what runs, runs on."""
        self._closed = True

    def _address(self, name: str, kind: int) -> int:
        for export in self.made.exps:
            if export.name == name and export.data.kind == kind:
                return int(export.data.data)
        raise KeyError(name)


class Memory(engine.Memory):
    """A memory; pywasm keeps the bytes in one bytearray, which grows in place."""

    def __init__(self, inner: core.MemInst) -> None:
        self.inner = inner

    def __len__(self) -> int:
        return len(self.inner.data)

    def read(self, offset: int, length: int) -> bytes:
        """See `harness.engine.Memory`."""
        if not 0 <= offset <= offset + length <= len(self):
            raise IndexError(offset)
        return bytes(self.inner.data[offset : offset + length])

    def write(self, offset: int, data: bytes) -> None:
        """See `harness.engine.Memory`."""
        if not 0 <= offset <= offset + len(data) <= len(self):
            raise IndexError(offset)
        self.inner.data[offset : offset + len(data)] = data


def _features(binary: bytes) -> set[str]:
    """What a module needs; nothing, if it is none: that is for pywasm to tell."""
    try:
        return read(binary, standard.ALL).features
    except (Malformed, Invalid, Unsupported):
        return set()


def _raw(value: Value) -> core.ValInst:
    """A value as pywasm has it: 16 bytes, of which numbers take the lowest."""
    data = bytearray(core.ValInst.blen)
    if value.type in _BYTES:
        assert value.bits is not None
        data[: _BYTES[value.type]] = value.bits.to_bytes(_BYTES[value.type], "little")
    elif value.bits is not None:
        data[:4] = value.bits.to_bytes(4, "little")
        data[_PRESENT] = 1
    return core.ValInst(core.ValType(_TYPES[value.type]), data)


def _value(raw: core.ValInst) -> Value:
    name = _NAMES[raw.type.data]
    if name in _BYTES:
        return Value(name, int.from_bytes(raw.data[: _BYTES[name]], "little"))
    return Value(name, int.from_bytes(raw.data[:4], "little") if raw.data[_PRESENT] else None)


def _from_python(kind: core.ValType, arg: Any) -> Value:
    return _value(core.ValInst.from_all(kind, arg))


def _to_python(value: Value) -> Any:
    return _raw(value).into_all()
