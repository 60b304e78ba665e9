"""The reference interpreter with one thing missing each: what engines have been found to lack."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from engines.interp import Interp
from engines.interp.invocation import Invocation
from engines.wasm import activation
from engines.wasm.adapter import Instance, polling
from harness.context import background

if TYPE_CHECKING:
    from collections.abc import Callable

    from engines.wasm.activation import Activation
    from engines.wasm.adapter import Module
    from harness.context import Context
    from harness.engine import Imports

T = TypeVar("T")


class DeafToTailCalls(Interp):
    """Does not look at the context where the module that was compiled last makes tail calls."""

    deaf = False

    def compile(self, binary: bytes) -> Module:
        module = super().compile(binary)
        self.deaf = "tail-call" in module.valid.module.features
        return module

    def run(self, work: Callable[[Activation], T], context: Context) -> T:
        return super().run(work, background() if self.deaf else context)


class DeafWhileStarting(Interp):
    """Does not look at the context while it instantiates."""

    def instantiate(self, module: Module, imports: Imports, context: Context) -> Instance:
        return super().instantiate(module, imports, background())


class DeafWhileCompiling(Interp):
    """Looks at the context before it compiles, and then not again."""

    def compile_under(self, binary: bytes, context: Context) -> Module:
        polling(context)()
        return self.compile(binary)


class DeafThroughInstances(Interp):
    """Cannot be stopped where the instance that was made last imports from instances, and nothing else."""

    deaf = False

    def instantiate(self, module: Module, imports: Imports, context: Context) -> Instance:
        sources = [imports.get(import_.module) for import_ in module.valid.module.imports]
        made = super().instantiate(module, imports, context)
        self.deaf = bool(sources) and all(isinstance(source, Instance) for source in sources)
        return made

    def activation(self) -> Activation:
        return Invocation(self.interruptible and not self.deaf)


class DeafWhenReentered(Interp):
    """Cannot be stopped in what a function of the host has called back."""

    def activation(self) -> Activation:
        return Invocation(self.interruptible and activation._innermost.activation is None)


class StaysOpen(Interp):
    """Says that an interruption closes the instance, and lets it be called again all the same."""

    def __init__(self, *, interruptible: bool = False, features: frozenset[str] | None = None) -> None:
        super().__init__(interruptible=interruptible, features=features)
        self.made: list[Instance] = []

    def instantiate(self, module: Module, imports: Imports, context: Context) -> Instance:
        self.made.append(super().instantiate(module, imports, context))
        return self.made[-1]

    def run(self, work: Callable[[Activation], T], context: Context) -> T:
        for instance in self.made:
            instance.instance.closed = None
        return super().run(work, context)
