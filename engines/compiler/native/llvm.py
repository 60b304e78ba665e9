"""LLVM through llvmlite, without its leaks: text in, objects out, nothing left behind.

A module lives in a context of its own, because the global one never forgets a type or a constant. A pass
manager can be run once, and has to be disposed of by hand: llvmlite calls `_dispose` of the wrong base class.
The builder of pass managers leaks 1.5 KB even if it is closed, and one that is kept becomes slower with every
run: so each is used a number of times.

llvmlite lets one thread at a time into LLVM. What works on a module that has a context of its own needs no
such lock, and several modules are compiled at once.
"""

from __future__ import annotations

import contextlib
import functools
import platform
import threading
from typing import TYPE_CHECKING, Any, Literal

import llvmlite
import llvmlite.binding as binding
from llvmlite.binding import ffi
from llvmlite.binding.newpassmanagers import NewPassManager

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Level = Literal["cheap", "optimised"]

for _function in (
    "LLVMPY_ParseAssembly",
    "LLVMPY_RunNewModulePassManager",
    "LLVMPY_PrintModuleToString",
    "LLVMPY_TargetMachineEmitToMemory",
    "LLVMPY_DisposeModule",
    "LLVMPY_ContextDispose",
):
    getattr(ffi.lib, _function)._lock = contextlib.nullcontext()

MACHINES = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "aarch64", "arm64": "aarch64"}
"""Machines this compiler has code for: what Python calls them, what LLVM calls them."""


def machine() -> str:
    """LLVM's name of this machine, or what Python calls it if there is no code for it."""
    name = platform.machine().lower()
    return MACHINES.get(name, name)


def triple(architecture: str) -> str:
    """The target; always ELF, whatever the system's own format."""
    return f"{architecture}-unknown-linux-gnu"


@functools.cache
def _initialize() -> None:
    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    binding.initialize_native_asmparser()
    # A loop that counts in memory has to be seen to have counted when it is interrupted.
    binding.set_option("stopwat", "-disable-licm-promotion")


class _TargetMachines(threading.local):
    """One a tier, for one thread."""

    def __init__(self) -> None:
        self._made: dict[Level, Any] = {}

    def __getitem__(self, level: Level) -> Any:
        if level not in self._made:
            _initialize()
            target = binding.Target.from_triple(triple(machine()))
            self._made[level] = target.create_target_machine(
                cpu=binding.get_host_cpu_name(),
                features=binding.get_host_cpu_features().flatten(),
                opt=0 if level == "cheap" else 2,
                reloc="pic",
                codemodel="small",
            )
        return self._made[level]


_target_machines = _TargetMachines()


@functools.cache
def fingerprint() -> str:
    """What code depends on besides its text: versions of LLVM and llvmlite, processor and its features."""
    _initialize()
    version = ".".join(map(str, binding.llvm_version_info))
    features = binding.get_host_cpu_features().flatten()
    return " ".join((llvmlite.__version__, version, machine(), binding.get_host_cpu_name(), features))


def emit(text: str, level: Level, revise: Callable[[str], str]) -> bytes:
    """The object of a module; `revise` is given the text in its last form, after all optimisation.

    Raises RuntimeError for text that is not a module.
    """
    machine_ = _target_machines[level]
    if level == "optimised":
        with parsed(text) as module:
            _optimiser.run(module)
            text = str(module)
    with parsed(revise(text)) as module:
        object_: bytes = machine_.emit_object(module)
        return object_


@contextlib.contextmanager
def parsed(text: str) -> Iterator[Any]:
    """A module in a context of its own; both are gone afterwards. Raises RuntimeError for other text."""
    context = binding.create_context()
    try:
        header = f'target triple = "{triple(machine())}"\n' if "target triple" not in text else ""
        module = binding.parse_assembly(header + text, context)
        try:
            yield module
        finally:
            module.close()
    finally:
        context.close()


class _Optimiser(threading.local):
    """Runs the passes: with one pass builder for `RUNS` modules."""

    RUNS = 32

    def __init__(self) -> None:
        self._builder: Any = None
        self._left = 0

    def run(self, module: Any) -> None:
        if not self._left:
            options = binding.create_pipeline_tuning_options(speed_level=2)
            options.loop_vectorization = True
            options.slp_vectorization = True
            options.loop_interleaving = True
            self._builder = binding.create_pass_builder(_target_machines["optimised"], options)
            self._left = self.RUNS
        self._left -= 1
        manager = self._builder.getModulePassManager()
        try:
            manager.run(module, self._builder)
        finally:
            NewPassManager._dispose(manager)
            manager.detach()


_optimiser = _Optimiser()
