"""From a valid module to an image: tiers, checks, cache.

There are two tiers. Optimised code takes LLVM about seven times as long to make, and runs several times as
fast: it is worth it where code runs often, in loops and recursion, as long as there is not too much of it. A
module without either is over as soon as it has begun.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from engines.compiler import images
from engines.compiler.instance_layout import InstanceLayout
from engines.compiler.layout import ExecutionContext
from engines.compiler.native import emission, llvm
from engines.compiler.native.link import link
from engines.compiler.native.parallel import in_parallel
from engines.compiler.native.polls import Checks
from engines.compiler.status import EXHAUSTED
from engines.compiler.translate.module import ModuleText
from engines.wasm.validation import validate
from harness import cache
from harness.polling import never
from harness.standard.binary import read
from harness.standard.instructions import INSTRUCTIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from engines.compiler.native.link import Image
    from engines.wasm.validation import ValidModule
    from harness.polling import Poll
    from harness.standard.syntax import Expr

AREA = "compiled"
"""Of the cache."""
LARGE = 15_000
"""Instructions from which on a module is not optimised."""
GROUP = 20_000
"""Instructions that are compiled at once, where nothing is optimised: it bounds the memory that takes, and
groups are compiled in parallel.
"""
_REPEATING = frozenset(
    INSTRUCTIONS[name] for name in ("loop", "return_call", "return_call_indirect", "return_call_ref")
)
_CALLS = frozenset({INSTRUCTIONS["call"]})
_STACK_POINTERS = {"x86_64": "rsp", "aarch64": "sp"}


Emit: TypeAlias = "Callable[[str, llvm.Level, Checks], bytes]"
"""See `engines.compiler.native.emission.emit`."""


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
    binary: bytes,
    features: frozenset[str],
    interruptible: bool,
    level: llvm.Level | None = None,
    *,
    poll: Poll = never,
    emit: Emit = emission.emit,
) -> tuple[ValidModule, CompiledModule]:
    """Decode, validate and compile; all of it in one tier, by default in what suits the module.

    Where the image is in the cache, the module has been compiled before, and so its functions, which are most
    of it, are neither decoded nor validated again. `poll` is called now and then, and what it raises ends the
    compilation. Raises `Malformed`, `Invalid` and `Unsupported`.
    """
    wanted = checks(interruptible)
    name = cache.key(images.fingerprint(), level or "", repr(wanted), " ".join(sorted(features)), binary)
    image = images.load(AREA, name)
    bodies = image is None
    module = read(binary, features, bodies=bodies, poll=poll)
    valid = validate(module, features, bodies=bodies, poll=poll)
    if image is None:
        image = _compile(ModuleText(valid, poll), wanted, level or suitable(valid), emit)
        images.store(AREA, name, image)
    return valid, CompiledModule(InstanceLayout(valid), image)


def compile_plain(
    binary: bytes, features: frozenset[str], level: llvm.Level | None = None
) -> tuple[ValidModule, CompiledModule]:
    """The same without the option: always anew, and with no poll anywhere."""
    valid = validate(read(binary, features), features)
    image = _compile(
        ModuleText(valid, never), checks(interruptible=False), level or suitable(valid), emission.emit
    )
    return valid, CompiledModule(InstanceLayout(valid), image)


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


def _compile(module: ModuleText, wanted: Checks, level: llvm.Level, emit: Emit) -> Image:
    def make(indices: Sequence[int]) -> bytes:
        return emit(module.text(indices, level == "optimised"), level, wanted)

    imported = module.layout.imported_functions
    everything = range(imported, len(module.valid.funcs))
    if level == "optimised":  # a call can be inlined only where its target is seen
        return link([make(everything)])
    bodies = [func.body for func in module.valid.module.funcs]
    return link(in_parallel(make, list(_groups(everything, [len(body) for body in bodies]))))


def _groups(indices: range, sizes: Sequence[int]) -> Iterator[range]:
    """Successive functions, as many as make up `GROUP` instructions."""
    start, size = indices.start, 0
    for index, more in zip(indices, sizes, strict=True):
        if size and size + more > GROUP:
            yield range(start, index)
            start, size = index, 0
        size += more
    yield range(start, indices.stop)
