"""mini-racer behind the engine interface."""

from __future__ import annotations

import importlib.metadata
import itertools
import threading
import weakref
from typing import TYPE_CHECKING, Any

from engines.mini_racer.isolate import Isolate, start_loop
from harness import engine
from harness.context import Cause, with_cancel
from harness.engine import (
    Capabilities,
    Exhausted,
    Interrupted,
    Invalid,
    Trap,
    TrapKind,
    Uncaught,
    Unlinkable,
    Unsupported,
    Value,
)
from harness.standard.binary import read
from harness.standard.features import ALL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.context import Context
    from harness.engine import Imports
    from harness.standard.syntax import Import


class MiniRacerEngine(engine.Engine):
    """V8 in this process; instances that may import from each other share an isolate."""

    name = "mini-racer"
    version = importlib.metadata.version("mini-racer")

    def __init__(self, *, interruptible: bool = False, features: frozenset[str] | None = None) -> None:
        self._loop = start_loop()
        self._isolate = Isolate(self._loop)
        """Where modules are compiled, to see whether they are valid; V8 shares the code with the others."""
        self._isolates = {self._isolate}
        # At the end of the process too: V8 hangs in a destructor that runs when Python has shut down.
        weakref.finalize(self, _close, self._isolates)
        self.capabilities = Capabilities(
            features=frozenset(self._isolate.call("features")),
            interrupts="terminate",
            after_interrupt="reusable",
            covers=frozenset({"instantiate", "blocking"}),
            imports=frozenset({"instances"}),
        )
        super().__init__(interruptible=interruptible, features=features)
        self._ids = itertools.count()

    def isolate(self) -> Isolate:
        """A new one, to be given to `end`."""
        isolate = Isolate(self._loop)
        self._isolates.add(isolate)
        return isolate

    def end(self, isolate: Isolate) -> None:
        """Let go of an isolate; nobody waits for what cannot be terminated."""
        self._isolates.discard(isolate)
        threading.Thread(target=isolate.close, daemon=True).start()

    def compile(self, binary: bytes) -> bytes:
        """See `harness.engine.Engine`."""
        outcome = self._isolate.call("compile", binary.hex())
        if outcome["is"] != "returned":
            read(binary, ALL)  # raises Malformed, which V8 does not tell from what it has only one word for
            raise Invalid(outcome["message"])
        if missing := read(binary, ALL).features - self.capabilities.features:
            raise Invalid(f"{', '.join(sorted(missing))} has been switched off")
        return binary

    def instantiate(self, module: bytes, imports: Imports, context: Context) -> Instance:
        """See `harness.engine.Engine`."""
        instances = {name: source for name, source in imports.items() if isinstance(source, Instance)}
        store = next((source.store for source in instances.values()), None) or Store(self)
        wanted = read(module, ALL, bodies=False).imports
        uses = [_provider(entry, imports) for entry in wanted]
        instance = Instance(store, next(self._ids), uses)
        providers = {name: {"instance": source.id} for name, source in instances.items()}
        store.run(instance, context, "instantiate", instance.id, module.hex(), providers)
        return instance

    def close(self) -> None:
        """See `harness.engine.Engine`."""
        _close(self._isolates)


def _close(isolates: set[Isolate]) -> None:
    while isolates:
        isolates.pop().close()


def _provider(entry: Import, imports: Imports) -> Instance:
    found = imports.get(entry.module)
    if found is None:
        raise Unlinkable(f"unknown import {entry.module!r} {entry.name!r}")
    if not isinstance(found, Instance):
        raise Unsupported("functions of the host: mini-racer calls Python's only when its own call is over")
    return found


class Store:
    """An isolate, and what runs in it."""

    def __init__(self, engine: MiniRacerEngine) -> None:
        self.isolate = engine.isolate()
        self._interruptible = engine.interruptible
        self._running: dict[Context, Instance] = {}
        weakref.finalize(self, engine.end, self.isolate).atexit = False

    def run(self, instance: Instance, context: Context, function: str, *args: Any) -> Any:
        """What a function of the isolate comes to, under a context; raises the errors of the interface."""
        if instance.closed:
            raise Interrupted(Cause.CLOSED)
        if not self._interruptible:
            return _values(self.isolate.call(function, *args))
        with with_cancel(context) as own:
            if own.cause is not None:
                raise Interrupted(own.cause)
            self._running[own] = instance
            try:
                return _values(self.isolate.run(own, function, *args))
            except Interrupted:
                raise Interrupted(context.cause or Cause.CLOSED) from None
            finally:
                del self._running[own]

    def stop(self, closed: Instance) -> None:
        """Interrupt the calls that may have come to an instance."""
        for context, instance in list(self._running.items()):
            if instance.reaches(closed):
                context.cancel()


class Instance(engine.Instance):
    """An instance, by the number it has in its isolate."""

    def __init__(self, store: Store, id: int, uses: Sequence[Instance]) -> None:
        self.store = store
        self.id = id
        self.closed = False
        self._uses = uses

    def reaches(self, other: Instance) -> bool:
        """Whether a call of this one may come to the other."""
        return self is other or any(instance.reaches(other) for instance in self._uses)

    def invoke(self, name: str, args: Sequence[Value], context: Context) -> Sequence[Value]:
        """See `harness.engine.Instance`."""
        given = [_lower(value) for value in args]
        return [_lift(*value) for value in self.store.run(self, context, "invoke", self.id, name, given)]

    def get(self, name: str) -> Value:
        """See `harness.engine.Instance`."""
        (value,) = _values(self.store.isolate.call("get", self.id, name))
        return _lift(*value)

    def set(self, name: str, value: Value) -> None:
        """See `harness.engine.Instance`."""
        _values(self.store.isolate.call("set", self.id, name, _lower(value)))

    def memory(self, name: str) -> Memory:
        """See `harness.engine.Instance`."""
        return Memory(self.store.isolate, self.id, name)

    def close(self) -> None:
        """See `harness.engine.Instance`."""
        self.closed = True
        self.store.stop(self)


class Memory(engine.Memory):
    """An exported memory."""

    def __init__(self, isolate: Isolate, instance: int, name: str) -> None:
        self._isolate = isolate
        self._of = (instance, name)

    def __len__(self) -> int:
        size: int = self._isolate.call("size", *self._of)
        return size

    def read(self, offset: int, length: int) -> bytes:
        """See `harness.engine.Memory`."""
        self._check(offset, length)
        data: bytes = self._isolate.call("read", *self._of, offset, length)
        return data

    def write(self, offset: int, data: bytes) -> None:
        """See `harness.engine.Memory`."""
        self._check(offset, len(data))
        self._isolate.call("write", *self._of, offset, data.hex())

    def _check(self, offset: int, length: int) -> None:
        size = len(self)
        if offset < 0 or length < 0 or offset + length > size:
            raise IndexError(f"{length} bytes at {offset} of {size}")


def _lower(value: Value) -> tuple[str, str | None]:
    return value.type, None if value.bits is None else str(value.bits)


def _lift(type: str, bits: str | None) -> Value:
    return Value(type, None if bits is None else int(bits))


def _values(outcome: dict[str, Any]) -> Any:
    """What an outcome of the protocol has, or else the exception that it stands for."""
    message = outcome.get("message", "")
    match outcome["is"]:
        case "returned":
            return outcome.get("values", [])
        case "trapped":
            raise Trap(TrapKind(outcome["kind"]), message)
        case "exhausted":
            raise Exhausted
        case "uncaught":
            raise Uncaught
        case "unlinkable":
            raise Unlinkable(message)
    raise RuntimeError(message)
