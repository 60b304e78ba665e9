"""The reference compiler: WebAssembly to native code, by way of LLVM."""

from __future__ import annotations

import platform
import sys
from importlib.metadata import version
from typing import TYPE_CHECKING

from engines.wasm import adapter
from harness.engine import Capabilities, Unavailable
from harness.standard import features

if TYPE_CHECKING:
    from engines.compiler.backend import Backend
    from engines.compiler.compilation import CompiledModule
    from engines.compiler.execution import Activation
    from engines.compiler.native import llvm
    from harness.context import Context


class Compiler(adapter.Engine):
    """The compiler as an engine."""

    name = "compiler"
    version = version("stopwat")
    capabilities = Capabilities(
        features=features.version("2.0")
        | {
            "tail-call",
            "extended-const",
            "relaxed-simd",
            "multi-memory",
            "memory64",
            "function-references",
            "gc",
            "exceptions",
            "custom-page-sizes",
            "threads",
            "wide-arithmetic",
        },
        interrupts="polls",
        after_interrupt="closed",
        covers=frozenset({"compile", "instantiate", "host", "blocking"}),
        plain=f"{__name__}:Plain",
    )

    def __init__(
        self,
        *,
        interruptible: bool = False,
        features: frozenset[str] | None = None,
        level: llvm.Level | None = None,
    ) -> None:
        """`level`: the tier that everything is compiled in; None: in what suits each module."""
        super().__init__(interruptible=interruptible, features=features)
        self.level = level
        if sys.platform not in ("linux", "darwin"):
            raise Unavailable(f"there is no code loader for {sys.platform}")
        try:
            from engines.compiler.native.llvm import MACHINES, machine
        except ImportError as error:
            message = f"llvmlite is missing or broken: {error}; it is to be had with: pip install llvmlite"
            raise Unavailable(message) from error
        if machine() not in MACHINES.values():
            raise Unavailable(f"there is no code generator for {platform.machine()}")

    def compile(self, binary: bytes) -> adapter.Module:
        """Decode, validate, and compile to native code, which may come from the cache."""
        from engines.compiler.compilation import compile_module

        features = self.capabilities.features
        return adapter.Module(*compile_module(binary, features, self.interruptible, self.level))

    def compile_under(self, binary: bytes, context: Context) -> adapter.Module:
        """The same under `context`, if the engine is interruptible: with LLVM where it can be ended."""
        if not self.interruptible:
            return self.compile(binary)
        from engines.compiler.compilation import compile_module
        from engines.compiler.native.emission import Processes

        poll, features = adapter.polling(context), self.capabilities.features
        poll()
        with Processes(poll) as processes:
            forget = context.on_done(processes.stop)
            try:
                made = compile_module(binary, features, True, self.level, poll=poll, emit=processes.emit)
            finally:
                forget()
        return adapter.Module(*made)

    def backend(self, code: CompiledModule) -> Backend:
        """What makes one instance."""
        from engines.compiler.backend import Backend

        return Backend(code)

    def activation(self) -> Activation:
        """A new activation."""
        from engines.compiler.execution import Activation

        return Activation(self.interruptible)


class Plain(Compiler):
    """The compiler as if nobody had ever thought of stopping a call: what the option must not slow down."""

    name = "compiler-plain"
    capabilities = Capabilities(features=Compiler.capabilities.features)

    def __init__(self, *, interruptible: bool = False, features: frozenset[str] | None = None) -> None:
        super().__init__(features=features)

    def compile(self, binary: bytes) -> adapter.Module:
        """Decode, validate, and compile to native code, always anew."""
        from engines.compiler.compilation import compile_plain

        return adapter.Module(*compile_plain(binary, self.capabilities.features))
