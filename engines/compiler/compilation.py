"""From a valid module to an image: tiers, checks, cache.

There are two tiers. Optimised code takes LLVM about seven times as long to make, and runs several times as
fast: it is worth it where code runs often, in loops and recursion, as long as there is not too much of it. A
module without either is over as soon as it has begun.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engines.compiler.layout import ExecutionContext
from engines.compiler.native import llvm
from engines.compiler.native.link import Image, link
from engines.compiler.native.polls import Checks, NoContext, insert
from engines.compiler.status import EXHAUSTED, INTERRUPTED
from engines.compiler.translate.module import ModuleText

if TYPE_CHECKING:
    from engines.compiler.instance_layout import InstanceLayout
    from engines.wasm.validation import ValidModule

_STACK_POINTERS = {"x86_64": "rsp", "aarch64": "sp"}


class CompiledModule:
    """What an instance of a module is made of."""

    def __init__(self, layout: InstanceLayout, image: Image) -> None:
        self.layout = layout
        self.image = image


def checks(interruptible: bool) -> Checks:
    """What is inserted into code of an engine."""
    return Checks(
        polls=interruptible,
        stack_pointer=_STACK_POINTERS[llvm.machine()],
        stop=ExecutionContext.stop.offset,
        limit=ExecutionContext.limit.offset,
        fail=ExecutionContext.fail.offset,
        interrupted=INTERRUPTED,
        exhausted=EXHAUSTED,
    )


def compile_module(
    valid: ValidModule, interruptible: bool, level: llvm.Level | None = None
) -> CompiledModule:
    """Compile a module, all of it in one tier; by default in that which suits it."""
    module = ModuleText(valid)
    return CompiledModule(module.layout, _compile(module, interruptible, level or "optimised"))


def _compile(module: ModuleText, interruptible: bool, level: llvm.Level) -> Image:
    imported = module.layout.imported_functions
    indices = range(imported, len(module.valid.funcs))
    text = module.text(indices)
    wanted = checks(interruptible)
    try:
        object_ = llvm.emit(text, level, lambda text: insert(text, wanted))
    except NoContext:
        object_ = llvm.emit(text, "cheap", lambda text: insert(text, wanted))
    return link([object_])
