"""Memories, tables and globals: records that generated code reads and writes, as the store sees them."""

from __future__ import annotations

import ctypes
import itertools
from typing import TYPE_CHECKING

from engines.compiler.functions import from_word, kept_word, load_bits, store_bits
from engines.compiler.heap import heap
from engines.compiler.layout import MemoryRecord, TableRecord, Vector
from engines.compiler.native import pages
from engines.compiler.types import holds_objects
from engines.wasm.activation import innermost
from engines.wasm.instantiation import CHUNK
from engines.wasm.store import GlobalInstance, MemoryInstance, TableInstance, TagInstance
from harness.standard.types import RefType

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engines.compiler.home import Home
    from engines.wasm.activation import Activation
    from engines.wasm.deftypes import DefType
    from engines.wasm.store import Reference, RuntimeValue
    from harness.standard.types import GlobalType, MemType, TableType

MEMORY_CAPACITY = {"i32": 1 << 32, "i64": 1 << 36}
"""Bytes up to which a memory can grow, by the type of its addresses."""
MAX_PAGES = {"i32": (1 << 32) - 1, "i64": 1 << 64}
"""Pages that it may have: as many as `memory.size` can tell. They need not be as large as 64 KiB."""
TABLE_CAPACITY = 1 << 27
"""Entries up to which a table can grow."""
_ENTRY = 8


def _set_aside(least: int, most: int) -> pages.Region:
    """Address space for `most` bytes, or as much as there is, but for `least`; raises MemoryError."""
    while True:
        try:
            return pages.Region(max(most, 1), pages.NONE)
        except MemoryError:
            most //= 2
            if most < least:
                raise


class Tag(TagInstance):
    """A tag."""

    def __init__(self, type_: DefType) -> None:
        super().__init__(type_)
        self.number = next(_tags)
        """What it is known by."""


_tags = itertools.count(1)


class Memory(MemoryInstance):
    """A memory."""

    def __init__(self, type_: MemType, home: Home, address: int) -> None:
        self.type = type_
        self.home = home
        self.address = address
        """Of the record."""
        address_type, size = type_.limits.address, type_.limits.min * type_.page
        most = MAX_PAGES[address_type] if type_.limits.max is None else type_.limits.max
        capacity = min(max(MEMORY_CAPACITY[address_type], size), most * type_.page)
        self._region = _set_aside(size, capacity)
        self._region.protect(0, size, pages.READ | pages.WRITE)
        home.keep(self._region)
        self._record = MemoryRecord.from_address(address)
        self._record.base = self._region.address
        self._record.size = size
        self._record.maximum = min(capacity, self._region.size)
        self._record.page = type_.page

    def __len__(self) -> int:
        size: int = self._record.size
        return size

    def grow(self, delta: int, activation: Activation) -> int | None:
        """Add pages."""
        size = len(self)
        grown = size + delta * self.type.page
        if grown > self._record.maximum:
            return None
        try:
            self._region.protect(0, grown, pages.READ | pages.WRITE)
        except MemoryError:
            return None
        self._record.size = grown
        return size // self.type.page

    def read(self, offset: int, length: int) -> bytes:
        """Copy bytes out."""
        self._check(offset, length)
        return ctypes.string_at(self._region.address + offset, length)

    def write(self, offset: int, data: bytes) -> None:
        """Copy bytes in."""
        self._check(offset, len(data))
        ctypes.memmove(self._region.address + offset, data, len(data))

    def _check(self, offset: int, length: int) -> None:
        if offset < 0 or length < 0 or offset + length > len(self):
            raise IndexError(f"{length} bytes at {offset} of {len(self)}")


class Table(TableInstance):
    """A table."""

    def __init__(self, type_: TableType, home: Home, address: int, value: Reference) -> None:
        self.type = type_
        self.home = home
        self.address = address
        """Of the record."""
        size = type_.limits.min
        capacity = max(TABLE_CAPACITY, size)
        if type_.limits.max is not None:
            capacity = min(capacity, type_.limits.max)
        self._region = _set_aside(size * _ENTRY, capacity * _ENTRY)
        self._region.protect(0, size * _ENTRY, pages.READ | pages.WRITE)
        home.keep(self._region)
        self._record = TableRecord.from_address(address)
        self._record.base = self._region.address
        self._record.size = 0
        self._record.maximum = min(capacity, self._region.size // _ENTRY)
        self._extend(size, value, innermost())
        if holds_objects(type_.ref):
            home.tables.append(address)

    @property
    def size(self) -> int:
        """Number of entries."""
        size: int = self._record.size
        return size

    def grow(self, delta: int, value: Reference, activation: Activation) -> int | None:
        """Add entries."""
        size = self.size
        grown = size + delta
        if grown > self._record.maximum:
            return None
        try:
            self._region.protect(0, grown * _ENTRY, pages.READ | pages.WRITE)
        except MemoryError:
            return None
        self._extend(delta, value, activation)
        return size

    def _extend(self, delta: int, value: Reference, activation: Activation) -> None:
        size = self.size
        if value is not None and delta:
            words = (ctypes.c_uint64 * 1)(kept_word(value, self.home))
            start = self._region.address + size * _ENTRY
            ctypes.memmove(start, words, _ENTRY)
            done = 1
            while done < delta:
                activation.poll()
                step = min(done, delta - done, CHUNK // _ENTRY)
                ctypes.memmove(start + done * _ENTRY, start, step * _ENTRY)
                done += step
        self._record.size = size + delta

    def read(self, offset: int, length: int) -> Sequence[Reference]:
        """Copy entries out."""
        with heap.lock:
            return [from_word(word, self.home) for word in self._words(offset, length)]

    def write(self, offset: int, values: Sequence[Reference]) -> None:
        """Copy entries in."""
        words = self._words(offset, len(values))
        words[:] = [kept_word(value, self.home) for value in values]

    def _words(self, offset: int, length: int) -> ctypes.Array[ctypes.c_uint64]:
        if offset < 0 or length < 0 or offset + length > self.size:
            raise IndexError(f"{length} entries at {offset} of {self.size}")
        return (ctypes.c_uint64 * length).from_address(self._region.address + offset * _ENTRY)


class Global(GlobalInstance):
    """A global."""

    def __init__(self, type_: GlobalType, home: Home, address: int, value: RuntimeValue) -> None:
        self.type = type_
        self.home = home
        self.address = address
        """Of the value."""
        self._value = Vector.from_address(address)
        self.set(value)
        if holds_objects(type_.type):
            home.globals.append(address)

    def get(self) -> RuntimeValue:
        """Its value."""
        with heap.lock:
            return load_bits(self._value, self.type.type, self.home)

    def set(self, value: RuntimeValue) -> None:
        """Give it another value."""
        if isinstance(self.type.type, RefType):
            value = kept_word(value, self.home)
        store_bits(self._value, value)
