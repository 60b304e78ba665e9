"""How functions, memories, tables and globals live in this engine."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from engines.interp.footprint import footprint
from engines.wasm.instantiation import CHUNK
from engines.wasm.numerics import FROM_BITS, TO_BITS
from engines.wasm.store import (
    FunctionInstance,
    GlobalInstance,
    MemoryInstance,
    ModuleInstance,
    Reference,
    RuntimeValue,
    TableInstance,
)
from engines.wasm.waiting import Waiting
from harness.engine import Interrupted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from engines.interp.frame import Operation
    from engines.wasm.activation import Activation
    from engines.wasm.deftypes import DefType
    from harness.standard.types import GlobalType, MemType, TableType, ValType

MAX_BYTES = 1 << 32
"""How large a memory may grow, whatever its type allows."""
MAX_PAGES = (1 << 32) - 1
"""How many pages it may have; they need not be as large as 64 KiB."""
MAX_ENTRIES = 1 << 24
"""How large a table may grow, whatever its type allows."""


def from_bits(type_: ValType) -> Callable[[RuntimeValue], Any]:
    """How a value of the store becomes one of a frame."""
    return FROM_BITS[type_] if isinstance(type_, str) else _same


def to_bits(type_: ValType) -> Callable[[Any], RuntimeValue]:
    """How a value of a frame becomes one of the store."""
    return TO_BITS[type_] if isinstance(type_, str) else _same


def default(type_: ValType) -> Any:
    """What a local of this type starts with, as a value of a frame."""
    if type_ in ("f32", "f64"):
        return 0.0
    return 0 if isinstance(type_, str) else None


def _same(value: Any) -> Any:
    return value


class Function(FunctionInstance):
    """A function: called with its arguments on the operand stack, it leaves its results in their place."""

    call: Operation
    """Call it from its own instance."""
    enter: Operation
    """Call it from anywhere."""

    def __init__(self, type_: DefType, instance: ModuleInstance | None) -> None:
        self.type = type_
        self.instance = instance
        """None for a function of the host."""


class Memory(MemoryInstance):
    """A memory: a bytearray that grows in place."""

    def __init__(self, type_: MemType, activation: Activation) -> None:
        self.type = type_
        self.lock = threading.Lock()
        """Held by whatever must not be seen half done by another thread."""
        self.waiting = Waiting()
        self.data = bytearray()
        if self.grow(type_.limits.min, activation) is None:
            raise MemoryError

    def __len__(self) -> int:
        return len(self.data)

    def grow(self, delta: int, activation: Activation) -> int | None:
        """Add pages; in pieces, and if interrupted not at all."""
        page, most = self.type.page, self.type.limits.max
        with self.lock:
            size = self.size
            if size + delta > min(MAX_PAGES if most is None else most, MAX_BYTES // page):
                return None
            return size if _extend(self.data, bytes, delta * page, CHUNK, activation) else None

    def read(self, offset: int, length: int) -> bytes:
        """Copy bytes out."""
        if not 0 <= offset <= offset + length <= len(self.data):
            raise IndexError(f"{length} bytes at {offset} are beyond the end of the memory, {len(self.data)}")
        return bytes(self.data[offset : offset + length])

    def write(self, offset: int, data: bytes) -> None:
        """Copy bytes in."""
        if not 0 <= offset <= offset + len(data) <= len(self.data):
            raise IndexError(
                f"{len(data)} bytes at {offset} are beyond the end of the memory, {len(self.data)}"
            )
        self.data[offset : offset + len(data)] = data


class Table(TableInstance):
    """A table: a list that grows in place."""

    def __init__(self, type_: TableType, value: Reference, activation: Activation) -> None:
        self.type = type_
        self.entries: list[Reference] = []
        if self.grow(type_.limits.min, value, activation) is None:
            raise MemoryError

    @property
    def size(self) -> int:
        """Number of entries."""
        return len(self.entries)

    def grow(self, delta: int, value: Reference, activation: Activation) -> int | None:
        """Add entries; in pieces, and if interrupted not at all."""
        size = len(self.entries)
        most = self.type.limits.max
        if size + delta > (MAX_ENTRIES if most is None else min(most, MAX_ENTRIES)):
            return None
        return size if _extend(self.entries, [value].__mul__, delta, CHUNK // 8, activation) else None

    def read(self, offset: int, length: int) -> Sequence[Reference]:
        """Copy entries out."""
        if not 0 <= offset <= offset + length <= len(self.entries):
            raise IndexError(f"{length} entries at {offset} are beyond the end of the table")
        return self.entries[offset : offset + length]

    def write(self, offset: int, values: Sequence[Reference]) -> None:
        """Copy entries in."""
        if not 0 <= offset <= offset + len(values) <= len(self.entries):
            raise IndexError(f"{len(values)} entries at {offset} are beyond the end of the table")
        self.entries[offset : offset + len(values)] = values


class Global(GlobalInstance):
    """A global; `value` is as in a frame."""

    def __init__(self, type_: GlobalType, value: RuntimeValue) -> None:
        self.type = type_
        self.value: Any
        self.set(value)

    def get(self) -> RuntimeValue:
        """Its value."""
        return to_bits(self.type.type)(self.value)

    def set(self, value: RuntimeValue) -> None:
        """Give it another value."""
        self.value = from_bits(self.type.type)(value)


def _extend(
    entries: bytearray | list[Reference],
    piece: Callable[[int], Any],
    count: int,
    step: int,
    activation: Activation,
) -> bool:
    """Add `count` entries, at most `step` at a time, or none; whether it was possible."""
    before = len(entries)
    try:
        for start in range(0, count, step):
            activation.poll()
            size = min(step, count - start)
            footprint.take(size * CHUNK // step)
            entries.extend(piece(size))
    except MemoryError:
        del entries[before:]
        return False
    except Interrupted:
        del entries[before:]
        raise
    return True
