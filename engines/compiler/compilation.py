"""From a valid module to an image: tiers, checks, cache.

There are two tiers. Optimised code takes LLVM about seven times as long to make, and runs several times as
fast: it is worth it where code runs often, in loops and recursion, as long as there is not too much of it. A
module without either is over as soon as it has begun.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from engines.compiler.layout import ExecutionContext
from engines.compiler.native import llvm
from engines.compiler.native.link import Image, link
from engines.compiler.native.polls import Checks, NoContext, insert
from engines.compiler.status import EXHAUSTED, TRAPS
from engines.compiler.translate.module import ModuleText
from harness import cache
from harness.standard.instructions import INSTRUCTIONS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engines.compiler.instance_layout import InstanceLayout
    from engines.wasm.validation import ValidModule
    from harness.standard.syntax import Expr

AREA = "compiled"
"""Of the cache."""
LARGE = 40_000
"""Instructions from which on a module is not optimised."""
_REPEATING = frozenset(
    INSTRUCTIONS[name] for name in ("loop", "return_call", "return_call_indirect", "return_call_ref")
)
_CALLS = frozenset({INSTRUCTIONS["call"]})
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
        limit=ExecutionContext.limit.offset,
        fail=ExecutionContext.fail.offset,
        status=EXHAUSTED,
    )


def compile_module(
    valid: ValidModule, binary: bytes, interruptible: bool, level: llvm.Level | None = None
) -> CompiledModule:
    """Compile the module that was read from `binary`; all of it in one tier, by default in what suits it.

    The image comes from the cache if it is there.
    """
    level = level or suitable(valid)
    module = ModuleText(valid)
    wanted = checks(interruptible)
    name = cache.key(_fingerprint(), level, repr(wanted), " ".join(sorted(valid.features)), binary)
    image = _cached(name)
    if image is None:
        image = _compile(module, wanted, level)
        cache.store(AREA, name, msgspec.msgpack.encode(image))
    return CompiledModule(module.layout, image)


def _cached(name: str) -> Image | None:
    content = cache.load(AREA, name)
    if content is None:
        return None
    try:
        return msgspec.msgpack.decode(content, type=Image)
    except msgspec.DecodeError:
        return None


def suitable(valid: ValidModule) -> llvm.Level:
    """The tier for a module."""
    bodies = [func.body for func in valid.module.funcs]
    if sum(map(len, bodies)) > LARGE:
        return "cheap"
    return "optimised" if _repeats(bodies, len(valid.funcs) - len(bodies)) else "cheap"


def _repeats(bodies: Sequence[Expr], imported: int) -> bool:
    """Whether there is a loop, or a function that may call itself, directly or through others."""
    calls: dict[int, set[int]] = {}
    for index, body in enumerate(bodies, imported):
        rows = {instr[0] for instr in body}
        if not rows.isdisjoint(_REPEATING):
            return True
        if not rows.isdisjoint(_CALLS):
            calls[index] = {instr[1] for instr in body if instr[0] in _CALLS}
    while calls:
        # What calls only functions that are known to end is known to end.
        known = [index for index, callees in calls.items() if callees.isdisjoint(calls)]
        if not known:
            return True
        for index in known:
            del calls[index]
    return False


def _compile(module: ModuleText, wanted: Checks, level: llvm.Level) -> Image:
    imported = module.layout.imported_functions
    text = module.text(range(imported, len(module.valid.funcs)), level == "optimised")
    try:
        object_ = llvm.emit(text, level, lambda text: insert(text, wanted))
    except NoContext:
        object_ = llvm.emit(text, "cheap", lambda text: insert(text, wanted))
    return link([object_])


@functools.cache
def _fingerprint() -> str:
    """What an image depends on besides its module: this compiler, numbers of traps, LLVM, processor."""
    here = Path(__file__).parent
    sources = [path.read_bytes() for path in sorted(here.rglob("*.py"))]
    return cache.key(*sources, repr(TRAPS), llvm.fingerprint())
