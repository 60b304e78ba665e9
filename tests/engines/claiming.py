"""The reference interpreter with one claim each that is not true."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

import msgspec

from engines.interp import Interp
from harness.context import background
from harness.engine import HostFunction, Interrupted, Invalid, Unsupported
from harness.standard import binary, features

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from engines.wasm.activation import Activation
    from engines.wasm.adapter import Instance, Module
    from harness.context import Context
    from harness.engine import Imports, Value

T = TypeVar("T")
CAPABILITIES = Interp.capabilities


class ClaimsToBeDeaf(Interp):
    """Declares that its calls cannot be interrupted; they can."""

    capabilities = msgspec.structs.replace(CAPABILITIES, interrupts="none")


class ClaimsToPoll(Interp):
    """Declares that its calls can be interrupted; they cannot."""

    def run(self, work: Callable[[Activation], T], context: Context) -> T:
        return super().run(work, background())


class Deaf(ClaimsToPoll):
    """Not wrong: declares that its calls cannot be interrupted, and they cannot."""

    capabilities = msgspec.structs.replace(CAPABILITIES, interrupts="none")


class ClaimsReusable(Interp):
    """Declares that an instance can be used after an interruption; it is closed."""

    capabilities = msgspec.structs.replace(CAPABILITIES, after_interrupt="reusable")


class ClaimsGone(Interp):
    """Declares that an interruption takes all of the instance with it; its memory can still be read."""

    capabilities = msgspec.structs.replace(CAPABILITIES, after_interrupt="gone")


class ClaimsCompile(Interp):
    """Declares that contexts reach compilation; nobody looks at them there."""

    capabilities = msgspec.structs.replace(CAPABILITIES, covers=CAPABILITIES.covers | {"compile"})

    def compile_under(self, binary: bytes, context: Context) -> Module:
        return self.compile(binary)


class ClaimsInstantiate(Interp):
    """Declares that contexts reach instantiation; a start function is not interrupted."""

    def instantiate(self, module: Module, imports: Imports, context: Context) -> Instance:
        return super().instantiate(module, imports, background())


class ClaimsHost(Interp):
    """Declares that contexts reach functions of the host; it calls them again when they are interrupted."""

    def instantiate(self, module: Module, imports: Imports, context: Context) -> Instance:
        host = {name: found for name, found in imports.items() if isinstance(found, dict)}
        deaf = {
            name: {
                key: HostFunction(function.params, function.results, insisting(function.call))
                for key, function in functions.items()
            }
            for name, functions in host.items()
        }
        return super().instantiate(module, {**imports, **deaf}, context)


class ClaimsBlocking(Interp):
    """Declares that contexts reach instructions that wait; where a module has atomics it looks at none."""

    deaf = False

    def compile(self, binary: bytes) -> Module:
        module = super().compile(binary)
        self.deaf = "threads" in module.valid.module.features
        return module

    def run(self, work: Callable[[Activation], T], context: Context) -> T:
        return super().run(work, background() if self.deaf else context)


class ClaimsVectors(Interp):
    """Declares vectors; no module with any is valid."""

    def compile(self, data: bytes) -> Module:
        if "simd" in binary.read(data, features.ALL).features:
            raise Invalid("vectors")
        return super().compile(data)


class Recants(Interp):
    """Declares vectors, and says of every module with any that it does not offer them."""

    def compile(self, data: bytes) -> Module:
        if "simd" in binary.read(data, features.ALL).features:
            raise Unsupported("vectors")
        return super().compile(data)


class LinksNothing(Interp):
    """Not wrong: declares that modules can import nothing, and they cannot."""

    capabilities = msgspec.structs.replace(CAPABILITIES, imports=frozenset())

    def instantiate(self, module: Module, imports: Imports, context: Context) -> Instance:
        if module.valid.module.imports:
            raise Unsupported("imports")
        return super().instantiate(module, imports, context)


class ConcealsVectors(Interp):
    """Does not declare vectors; modules with vectors are taken all the same, unless it is narrowed."""

    capabilities = msgspec.structs.replace(
        CAPABILITIES, features=CAPABILITIES.features - {"simd", "relaxed-simd"}
    )

    def __init__(self, *, interruptible: bool = False, features: frozenset[str] | None = None) -> None:
        super().__init__(interruptible=interruptible, features=features)
        self.narrowed = features is not None

    def compile(self, binary: bytes) -> Module:
        return super().compile(binary) if self.narrowed else Interp().compile(binary)


class NarrowsInWords(Interp):
    """Told to be narrower it says that it is, and is not."""

    def compile(self, binary: bytes) -> Module:
        return Interp().compile(binary)


class WillNotNarrow(Interp):
    """Told to be narrower it says that it is not."""

    def __init__(self, *, interruptible: bool = False, features: frozenset[str] | None = None) -> None:
        super().__init__(interruptible=interruptible)


def insisting(
    call: Callable[[Sequence[Value]], Sequence[Value]],
) -> Callable[[Sequence[Value]], Sequence[Value]]:
    """The function, over and over until it is not interrupted."""

    def insist(args: Sequence[Value]) -> Sequence[Value]:
        while True:
            try:
                return call(args)
            except Interrupted:
                time.sleep(0.01)

    return insist
