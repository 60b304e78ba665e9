"""The engine interface for every engine built on the store; what is left to an engine is its `Backend`."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from engines.wasm.activation import Activation
from engines.wasm.deftypes import function_type
from engines.wasm.instantiation import instantiate
from engines.wasm.linking import link
from engines.wasm.store import FunctionInstance, GlobalInstance, MemoryInstance
from engines.wasm.validation import ValidModule, validate
from engines.wasm.values import Handles, value_type
from harness import engine
from harness.context import Cause
from harness.engine import Interrupted, Unlinkable
from harness.polling import never
from harness.standard.binary import read

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from engines.wasm.store import Backend, Extern, ModuleInstance, RuntimeValue
    from harness.context import Context
    from harness.engine import HostFunction, Imports, Memory, Value
    from harness.polling import Poll
    from harness.standard.syntax import Import

T = TypeVar("T")


class Module(NamedTuple):
    """A compiled module."""

    valid: ValidModule
    code: Any
    """What `Engine.translate` made of it."""


class Engine(engine.Engine):
    """An engine that executes what `validate` accepts, by way of a `Backend`."""

    def __init__(self, *, interruptible: bool = False, features: frozenset[str] | None = None) -> None:
        super().__init__(interruptible=interruptible, features=features)
        self.handles = Handles()

    @abstractmethod
    def backend(self, code: Any) -> Backend:
        """What allocates the parts of one instance of the module that `translate` made `code` of."""

    def translate(self, module: ValidModule) -> Any:
        """What the engine does with a module ahead of its instantiation."""
        return None

    def activation(self) -> Activation:
        """A new activation."""
        return Activation(self.interruptible)

    def compile(self, binary: bytes) -> Module:
        """Decode, validate, translate."""
        return self._make(binary, never)

    def compile_under(self, binary: bytes, context: Context) -> Module:
        """The same under `context`, if the engine is interruptible."""
        if not self.interruptible:
            return self.compile(binary)
        poll = polling(context)
        poll()
        return self._make(binary, poll)

    def _make(self, binary: bytes, poll: Poll) -> Module:
        features = self.capabilities.features
        valid = validate(read(binary, features, poll=poll), features, poll=poll)
        return Module(valid, self.translate(valid))

    def instantiate(self, module: Module, imports: Imports, context: Context) -> Instance:
        """Link, allocate, initialise, start; see `engines.wasm.instantiation`."""
        backend = self.backend(module.code)
        externs = link(module.valid, lambda import_: self._resolve(import_, imports, backend))

        def start(activation: Activation) -> ModuleInstance:
            return instantiate(module.valid, externs, backend, activation)

        return Instance(self, backend, self.run(start, context))

    def run(self, work: Callable[[Activation], T], context: Context) -> T:
        """Do `work` under `context`, if the engine is interruptible."""
        with self.activation() as activation:
            if not self.interruptible:
                return work(activation)

            def interrupt() -> None:
                assert context.cause is not None
                activation.interrupt(context.cause)

            unregister = context.on_done(interrupt)
            try:
                return work(activation)
            finally:
                unregister()

    def _resolve(self, import_: Import, imports: Imports, backend: Backend) -> Extern:
        source = imports.get(import_.module)
        extern: Extern | None = None
        if isinstance(source, Instance) and source.engine is self:
            extern = source.instance.exports.get(import_.name)
        elif isinstance(source, engine.Instance):
            raise Unlinkable(f"{import_.module!r} is an instance of another engine")
        elif source is not None and import_.name in source:
            extern = self._host_function(source[import_.name], backend)
        if extern is None:
            raise Unlinkable(f"unknown import: {import_.module!r} {import_.name!r}")
        return extern

    def _host_function(self, function: HostFunction, backend: Backend) -> FunctionInstance:
        params = tuple(value_type(name) for name in function.params)
        results = tuple(value_type(name) for name in function.results)
        to_host, from_host = self.handles.to_host, self.handles.from_host

        def call(args: Sequence[RuntimeValue]) -> Sequence[RuntimeValue]:
            values = function.call([to_host(arg, type_) for arg, type_ in zip(args, params, strict=True)])
            return [from_host(value, type_) for value, type_ in zip(values, results, strict=True)]

        return backend.host_function(function_type(params, results), call)


def polling(context: Context) -> Poll:
    """What raises `Interrupted` once the context is done."""

    def poll() -> None:
        if context.cause is not None:
            raise Interrupted(context.cause)

    return poll


class Instance(engine.Instance):
    """An instance as the host sees it."""

    def __init__(self, engine_: Engine, backend: Backend, instance: ModuleInstance) -> None:
        self.engine = engine_
        self.instance = instance
        self._backend = backend

    def invoke(self, name: str, args: Sequence[Value], context: Context) -> Sequence[Value]:
        """Call an exported function."""
        function: FunctionInstance = self._export(name, FunctionInstance)
        handles, type_ = self.engine.handles, function.signature
        values = [handles.from_host(arg, param) for arg, param in zip(args, type_.params, strict=True)]

        def call(activation: Activation) -> Sequence[RuntimeValue]:
            self.instance.enter(activation)
            try:
                activation.poll()
                return self._backend.invoke(function, values, activation)
            except Interrupted as interruption:
                self.instance.close(interruption.cause)
                raise
            finally:
                self.instance.leave(activation)

        results = self.engine.run(call, context)
        return [handles.to_host(value, result) for value, result in zip(results, type_.results, strict=True)]

    def get(self, name: str) -> Value:
        """The value of an exported global."""
        global_: GlobalInstance = self._export(name, GlobalInstance)
        return self.engine.handles.to_host(global_.get(), global_.type.type)

    def set(self, name: str, value: Value) -> None:
        """Set an exported mutable global."""
        global_: GlobalInstance = self._export(name, GlobalInstance)
        if not global_.type.mutable:
            raise KeyError(f"global {name!r} is not mutable")
        global_.set(self.engine.handles.from_host(value, global_.type.type))

    def memory(self, name: str) -> Memory:
        """An exported memory."""
        memory: MemoryInstance = self._export(name, MemoryInstance)
        return memory

    def close(self) -> None:
        """Close the instance; in an engine that is not interruptible, what runs runs on."""
        self.instance.close(Cause.CLOSED, wholly=True)

    def _export(self, name: str, kind: type) -> Any:
        extern = self.instance.exports.get(name)
        if not isinstance(extern, kind):
            raise KeyError(f"no {kind.__name__} is exported as {name!r}")
        return extern
