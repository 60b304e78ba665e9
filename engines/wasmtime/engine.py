"""wasmtime behind the engine interface."""

from __future__ import annotations

import importlib.metadata
from abc import abstractmethod
from collections.abc import Mapping
from ctypes import POINTER, byref, c_uint8, c_void_p, cast, create_string_buffer, memmove, string_at
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import wasmtime
from wasmtime import _ffi as ffi

from engines.wasmtime.binary import Signature, signatures
from engines.wasmtime.errors import of_compilation, of_linking
from engines.wasmtime.stopping import EpochStore, FuelStore
from engines.wasmtime.store import INSTANTIATE, INVOKE, Call, Guest, Store
from harness import engine
from harness.engine import Capabilities, Invalid, Unlinkable
from harness.standard.binary import read
from harness.standard.features import ALL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wasmtime._exportable import AsExtern

    from harness.context import Context
    from harness.engine import Imports, Value
    from harness.standard.syntax import Import

_SWITCHES = {
    "multi-value": "multi_value",
    "reference-types": "reference_types",
    "bulk-memory": "bulk_memory",
    "simd": "simd",
    "tail-call": "tail_call",
    "multi-memory": "multi_memory",
    "memory64": "memory64",
    "function-references": "function_references",
    "gc": "gc",
    "exceptions": "exceptions",
    "relaxed-simd": "relaxed_simd",
    "threads": "threads",
    "custom-page-sizes": "custom_page_sizes",
    "wide-arithmetic": "wide_arithmetic",
}
"""Feature -> its switch in `wasmtime.Config`; what is not here cannot be switched off."""


T = TypeVar("T")


class Module(NamedTuple):
    """A compiled module, and what its users must know of it."""

    compiled: wasmtime.Module
    binary: bytes
    imports: list[Import]
    signatures: dict[str, Signature]


class _Engine(engine.Engine):
    """An engine of wasmtime; instances that may import from each other share a store."""

    version = importlib.metadata.version("wasmtime")
    stoppable: type[Store]
    """Of what kind stores are if calls can be stopped."""

    def __init__(self, *, interruptible: bool = False, features: frozenset[str] | None = None) -> None:
        if features is not None and "simd" not in features:
            features -= {"relaxed-simd"}  # wasmtime aborts the process over the one without the other
        super().__init__(interruptible=interruptible, features=features)
        config = wasmtime.Config()
        # Components are none of the standard, and insist on features that may have been switched off.
        ffi.wasmtime_config_wasm_component_model_async_set(config.ptr(), False)
        for feature, switch in _SWITCHES.items():
            setattr(config, f"wasm_{switch}", feature in self.capabilities.features)
        config.shared_memory = "threads" in self.capabilities.features
        if interruptible:
            self.configure(config)
        self._engine = wasmtime.Engine(config)

    @abstractmethod
    def configure(self, config: wasmtime.Config) -> None:
        """Have code generated that can be stopped."""

    def compile(self, binary: bytes) -> Module:
        """See `harness.engine.Engine`."""
        made = POINTER(ffi.wasmtime_module_t)()
        given = (c_uint8 * len(binary)).from_buffer_copy(binary)
        error = ffi.wasmtime_module_new(self._engine.ptr(), given, len(binary), byref(made))
        if error:
            raise of_compilation(wasmtime.WasmtimeError._from_ptr(error))
        module = wasmtime.Module._from_ptr(made)
        narrowed = self.capabilities.features != ALL
        syntax = read(binary, ALL, bodies=narrowed)
        more = syntax.features - self.capabilities.features if narrowed else frozenset()
        if more:  # there is no switch for every feature
            raise Invalid(f"needs {', '.join(sorted(more))}, which is not offered")
        return Module(module, binary, syntax.imports, signatures(syntax))

    def instantiate(self, module: Module, imports: Imports, context: Context) -> Instance:
        """See `harness.engine.Engine`."""
        instances = {name: source for name, source in imports.items() if isinstance(source, Instance)}
        store = _store(module, instances) or (self.stoppable if self.interruptible else Store)(self._engine)
        externs = [_resolve(entry, imports, store) for entry in module.imports]
        uses = [instances[entry.module] for entry in module.imports if entry.module in instances]
        return Instance(store, module, externs, uses, context)


class EpochEngine(_Engine):
    """Calls are stopped by moving the epoch."""

    name = "wasmtime-epoch"
    capabilities = Capabilities(
        features=ALL,
        interrupts="epoch",
        after_interrupt="reusable",
        covers=frozenset({"instantiate", "host"}),
        plain="engines.wasmtime:Plain",
    )
    stoppable = EpochStore

    def configure(self, config: wasmtime.Config) -> None:
        """See `_Engine`."""
        config.epoch_interruption = True


class FuelEngine(_Engine):
    """Calls run in slices of fuel."""

    name = "wasmtime-fuel"
    capabilities = Capabilities(
        features=ALL,
        interrupts="fuel",
        after_interrupt="reusable",
        covers=frozenset({"instantiate", "host"}),
        plain="engines.wasmtime:Plain",
    )
    stoppable = FuelStore

    def configure(self, config: wasmtime.Config) -> None:
        """See `_Engine`."""
        config.consume_fuel = True


class PlainEngine(_Engine):
    """wasmtime as its own defaults have it: nothing stops a call."""

    name = "wasmtime"
    capabilities = Capabilities(features=ALL)
    stoppable = Store

    def configure(self, config: wasmtime.Config) -> None:
        """See `_Engine`: there is nothing to configure."""


def _store(module: Module, instances: Mapping[str, Instance]) -> Store | None:
    """Where an instance has to be, or might be needed together with others; None: in a store of its own.

    What it imports need not tie it: a shared memory belongs to no store.
    """
    used = [(instances[entry.module], entry.name) for entry in module.imports if entry.module in instances]
    tied = [
        source for source, name in used if not isinstance(source.exports.get(name), wasmtime.SharedMemory)
    ]
    neighbours = tied or ([] if used else list(instances.values()))
    return neighbours[0].store if neighbours else None


def _resolve(entry: Import, imports: Imports, store: Store) -> AsExtern:
    provider = imports.get(entry.module)
    if isinstance(provider, Instance) and entry.name in provider.exports:
        return provider.exports[entry.name]
    if isinstance(provider, Mapping) and entry.name in provider:
        return store.host_function(provider[entry.name])
    raise Unlinkable(f"unknown import {entry.module!r} {entry.name!r}")


def _linker(store: Store, module: Module, imports: Sequence[AsExtern]) -> Any:
    """What a module imports, under the names it has for it; to be deleted."""
    linker = ffi.wasmtime_linker_new(store.engine.ptr())
    ffi.wasmtime_linker_allow_shadowing(linker, True)  # several imports may have one name, and mean one thing
    for entry, item in zip(module.imports, imports, strict=True):
        extern = _extern(item)
        names = [
            (create_string_buffer(name), len(name)) for name in (entry.module.encode(), entry.name.encode())
        ]
        ffi.wasmtime_linker_define(linker, store.inner._context(), *names[0], *names[1], byref(extern))
    return linker


def _extern(item: AsExtern) -> Any:
    if isinstance(item, wasmtime.SharedMemory):  # its own method gives a pointer to the pointer
        return ffi.wasmtime_extern_t(
            ffi.WASMTIME_EXTERN_SHAREDMEMORY, ffi.wasmtime_extern_union(sharedmemory=item.ptr())
        )
    return item._as_extern()


class Instance(engine.Instance):
    """An instance."""

    def __init__(
        self,
        store: Store,
        module: Module,
        imports: Sequence[AsExtern],
        uses: Sequence[Instance],
        context: Context,
    ) -> None:
        """`uses`: the instances that it imports from."""
        self.store = store
        store.code.add(module.binary)
        self._signatures = module.signatures
        self._uses = uses
        self.closed = False
        made = ffi.wasmtime_instance_t()
        linker = _linker(store, module, imports)
        try:
            inner = store.inner._context()
            store.run(Call(context, self), INSTANTIATE, linker, inner, module.compiled.ptr(), byref(made))
        except wasmtime.WasmtimeError as error:
            raise of_linking(error) from None
        finally:
            ffi.wasmtime_linker_delete(linker)
        self.exports = dict(wasmtime.Instance._from_raw(made).exports(store.inner))

    def invoke(self, name: str, args: Sequence[Value], context: Context) -> Sequence[Value]:
        """See `harness.engine.Instance`."""
        function = self._export(name, wasmtime.Func)
        params, results = self._signatures[name]
        inner, values = self.store.inner._context(), self.store.values
        given = values.array(args, params)
        returned = (ffi.wasmtime_val_t * results)()
        func = byref(function._func)
        try:
            self.store.run(Call(context, self), INVOKE, inner, func, given, len(given), returned, results)
            return [values.read(raw) for raw in returned]
        finally:
            values.release(given)
            values.release(returned)

    def get(self, name: str) -> Value:
        """See `harness.engine.Instance`."""
        found = self._export(name, wasmtime.Global)
        raw = (ffi.wasmtime_val_t * 1)()
        ffi.wasmtime_global_get(self.store.inner._context(), byref(found._global), raw)
        value = self.store.values.read(raw[0])
        self.store.values.release(raw)
        return value

    def set(self, name: str, value: Value) -> None:
        """See `harness.engine.Instance`."""
        found = self._export(name, wasmtime.Global)
        raw = self.store.values.array([value], [None])
        error = ffi.wasmtime_global_set(self.store.inner._context(), byref(found._global), raw)
        self.store.values.release(raw)
        if error:
            raise wasmtime.WasmtimeError._from_ptr(error)

    def memory(self, name: str) -> Memory:
        """See `harness.engine.Instance`."""
        found = self.exports[name]
        if not isinstance(found, wasmtime.Memory | wasmtime.SharedMemory):
            raise KeyError(name)
        return Memory(found, self.store.inner)

    def close(self) -> None:
        """See `harness.engine.Instance`."""
        self.closed = True
        self.store.close(self)

    def reaches(self, other: Guest) -> bool:
        """See `engines.wasmtime.store.Guest`."""
        return self is other or any(instance.reaches(other) for instance in self._uses)

    def _export(self, name: str, kind: type[T]) -> T:
        found = self.exports[name]
        if not isinstance(found, kind):
            raise KeyError(f"{name!r} is a {type(found).__name__.lower()}")
        return found


class Memory(engine.Memory):
    """A memory, shared or not."""

    def __init__(self, memory: wasmtime.Memory | wasmtime.SharedMemory, store: wasmtime.Store) -> None:
        self._memory = memory
        self._of = () if isinstance(memory, wasmtime.SharedMemory) else (store,)
        """A shared memory belongs to no store."""

    def __len__(self) -> int:
        return self._memory.data_len(*self._of)

    def read(self, offset: int, length: int) -> bytes:
        """See `harness.engine.Memory`."""
        return string_at(self._place(offset, length), length)

    def write(self, offset: int, data: bytes) -> None:
        """See `harness.engine.Memory`."""
        memmove(self._place(offset, len(data)), data, len(data))

    def _place(self, offset: int, length: int) -> int:
        if offset < 0 or length < 0 or offset + length > len(self):
            raise IndexError(f"{length} bytes at {offset} of {len(self)}")
        start = cast(self._memory.data_ptr(*self._of), c_void_p).value or 0
        return start + offset
