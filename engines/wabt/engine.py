"""``wasm-interp`` behind the engine interface."""

from __future__ import annotations

import re
import subprocess
import threading
from typing import TYPE_CHECKING, NamedTuple

from engines.wabt.calls import Call, Put, keeps_state, program
from harness import engine
from harness.context import Cause
from harness.engine import (
    Capabilities,
    Exhausted,
    Interrupted,
    Invalid,
    Malformed,
    Trap,
    TrapKind,
    Unlinkable,
    Unsupported,
    Value,
)
from harness.standard import features as standard
from harness.standard.binary import read
from harness.standard.types import FuncIndex, GlobalType, MemType, TableType, TagType

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engines.wabt.calls import Step
    from harness.context import Context
    from harness.engine import Imports
    from harness.standard.syntax import Import, Module

_ENABLED = ("tail-call", "extended-const", "multi-memory")
"""Features that are off unless they are asked for; of threads it has no more than half."""
_DISABLED = {
    "mutable-globals": "mutable-globals",
    "sign-extension": "sign-extension",
    "saturating-conversions": "saturating-float-to-int",
    "multi-value": "multi-value",
    "simd": "simd",
    "reference-types": "reference-types",
    "bulk-memory": "bulk-memory",
}
"""Features that are on, with the name that WABT has for them."""

_TRAPS = {
    "unreachable executed": TrapKind.UNREACHABLE,
    "integer divide by zero": TrapKind.DIVIDE_BY_ZERO,
    "integer overflow": TrapKind.INTEGER_OVERFLOW,
    "invalid conversion to integer": TrapKind.INVALID_CONVERSION,
    "out of bounds memory access": TrapKind.MEMORY_BOUNDS,
    "out of bounds table access": TrapKind.TABLE_BOUNDS,
    "undefined table index": TrapKind.UNDEFINED_ELEMENT,
    "uninitialized table element": TrapKind.UNINITIALIZED_ELEMENT,
    "indirect call signature mismatch": TrapKind.INDIRECT_CALL_TYPE,
}
"""How a message of a trap begins, and its kind."""
_KINDS = {FuncIndex: "func", TableType: "table", MemType: "memory", GlobalType: "global", TagType: "tag"}
_NOT_STARTED = "error initializing module: "
_LINE = re.compile(r"^call(\d+)\(\) =>(.*)$", re.MULTILINE)
_BY_READER = re.compile(
    r"no memory to copy data to|(load/store memory|memory index) \d+ out of range"
    r"|expected END opcode after element expression|expected ref.null or ref.func in passive element"
)
"""What is not valid, and found by the reader all the same."""
_LOCATED = re.compile(r"^(?P<file>.*:)?[0-9a-f]{7,}: error: (?P<message>.*)$", re.MULTILINE)


class Compiled(NamedTuple):
    """A module, in both forms."""

    binary: bytes
    syntax: Module


class Wabt(engine.Engine):
    """One engine; each of its calls is a process of its own."""

    name = "wabt"
    version = "unknown"
    capabilities = Capabilities(features=standard.version("2.0") | {*_ENABLED}, imports=frozenset())

    def __init__(self, *, interruptible: bool = False, features: frozenset[str] | None = None) -> None:
        super().__init__(interruptible=interruptible, features=features)
        self.version = subprocess.run(
            ["wasm-interp", "--version"], capture_output=True, text=True, check=True
        ).stdout.strip()
        offered = self.capabilities.features
        self._flags = [f"--enable-{feature}" for feature in _ENABLED if feature in offered]
        self._flags += [f"--disable-{name}" for feature, name in _DISABLED.items() if feature not in offered]
        self._running: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()

    def compile(self, binary: bytes) -> Compiled:
        """See `harness.engine.Engine`; the program for it is ``wasm-validate``."""
        done = self._run("wasm-validate", binary)
        if done.returncode != 0:
            raise _of_validation(done.stderr)
        return Compiled(binary, read(binary, standard.ALL))

    def instantiate(self, module: Compiled, imports: Imports, context: Context) -> Instance:
        """See `harness.engine.Engine`."""
        for entry in module.syntax.imports:
            provider = imports.get(entry.module)
            if isinstance(provider, Instance) and not provider.has(entry):
                raise Unlinkable(f"unknown import {entry.module!r} {entry.name!r}")
        if module.syntax.imports:
            raise Unsupported("imports: wasm-interp links nothing")
        instance = Instance(self, module.syntax)
        instance.do(())
        return instance

    def close(self) -> None:
        """End what still runs."""
        with self._lock:
            for process in self._running:
                process.kill()

    def interpret(self, binary: bytes) -> dict[int, str]:
        """Run a module and its exports; by number, what is told of each.

        Raises what instantiating it comes to.
        """
        done = self._run("wasm-interp", binary, "--run-all-exports")
        told = done.stdout + done.stderr
        if _NOT_STARTED in told:
            raise _of_message(told.partition(_NOT_STARTED)[2].strip())
        if done.returncode != 0:
            raise RuntimeError(f"wasm-interp ended with status {done.returncode}: {told.strip()[:500]}")
        return {int(number): words.strip() for number, words in _LINE.findall(told)}

    def _run(self, program: str, binary: bytes, *options: str) -> subprocess.CompletedProcess[str]:
        """Run a program of WABT's on a module that is its standard input: so no file is ever left behind."""
        command = [program, *self._flags, *options, "-"]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as process:
            with self._lock:
                self._running.add(process)
            try:
                out, err = process.communicate(binary)
            finally:
                with self._lock:
                    self._running.discard(process)
        texts = (out.decode(errors="replace"), err.decode(errors="replace"))
        return subprocess.CompletedProcess(command, process.returncode, *texts)


class Instance(engine.Instance):
    """An instance: the module, and what has been done with it, which is done again before every call."""

    def __init__(self, engine: Wabt, module: Module) -> None:
        self.engine = engine
        self.module = module
        self._done: list[Step] = []
        self._keeps_state = keeps_state(module)
        self._lost = ""
        """What should have been done and could not be, so that the state is not known any more."""
        self._closed = False
        self._lock = threading.Lock()

    def invoke(self, name: str, args: Sequence[Value], context: Context) -> Sequence[Value]:
        """See `harness.engine.Instance`."""
        return self.do((Call(name, tuple(args)),))

    def get(self, name: str) -> Value:
        """See `harness.engine.Instance`."""
        (value,) = self.do((Call(name, kind="global"),))
        return value

    def set(self, name: str, value: Value) -> None:
        """See `harness.engine.Instance`."""
        self.do((Put(name, value),))

    def memory(self, name: str) -> engine.Memory:
        """See `harness.engine.Instance`."""
        raise Unsupported("memories from outside: the process that had them has ended")

    def close(self) -> None:
        """Refuse later calls; what runs, runs on."""
        self._closed = True

    def has(self, entry: Import) -> bool:
        """Whether something of that name and kind is exported."""
        kind = _KINDS[type(entry.type)]
        return any((export.name, export.kind) == (entry.name, kind) for export in self.module.exports)

    def do(self, steps: tuple[Step, ...]) -> Sequence[Value]:
        """Do something after all that has been done before; what the last step returns."""
        if self._closed:
            raise Interrupted(Cause.CLOSED)
        if self._lost:
            raise Unsupported(f"its state, after {self._lost}")
        with self._lock:
            before = tuple(self._done)
        try:
            made = program(self.module, (*before, *steps))
        except Unsupported as error:
            self._lost = str(error) if self._keeps_state else ""
            raise
        told = self.engine.interpret(made.binary)
        if self._keeps_state:
            with self._lock:
                self._done += steps
        if not steps:
            return ()
        words = told[len(before)]
        if words.startswith("error: "):
            raise _of_message(words.removeprefix("error: "))
        return made.results(words)


def _of_validation(stderr: str) -> engine.EngineError:
    """What the validator finds is told with the file, what the reader finds without: malformed, mostly."""
    found = _LOCATED.search(stderr)
    if found is None:
        return Malformed(stderr.strip())
    message = found["message"]
    return Invalid(message) if found["file"] or _BY_READER.match(message) else Malformed(message)


def _of_message(message: str) -> Exception:
    if message.startswith("call stack exhausted"):
        return Exhausted()
    for words, kind in _TRAPS.items():
        if message.startswith(words):
            return Trap(kind, message.removeprefix(words).strip(": "))
    return RuntimeError(message)
