"""The heap that structs and arrays live in: one a process, collected by mark and sweep; nothing moves.

It is made up of blocks. A small object lies in a block with others, a large one takes blocks of its own. An
invocation allocates from a block that is its own for the time being, in the runs of free bytes between the
objects in it, so most allocations are a comparison and an addition; for another block, or a large object, it
comes here. When as much has been given away as was in use after the last collection, garbage is collected.

What is alive is what can be reached from the globals, tables and segments of instances, from references that
Python holds, and from the stacks of invocations. Stacks are searched conservatively: any word that is an
address within an object keeps it. So nothing is needed in generated code, and objects must stay where they
are. A stack can be searched while its invocation is in the host, hence garbage is collected when every
invocation is that may have come by objects: one that comes for memory waits a little for the others. If one
stays away for longer, the heap grows instead, as far as it can. Those that have nothing to do with objects
are not waited for, nor do they wait.

The collector runs without the GIL, and heeds the stop word of the invocation that it runs for.
"""

from __future__ import annotations

import ctypes
import functools
import re
import threading
import time
import weakref
from typing import TYPE_CHECKING, Any, Protocol

from engines.compiler.layout import ExecutionContext, HeapRecord, TableRecord
from engines.compiler.native import pages
from engines.compiler.runtime import runtime
from engines.compiler.runtime.allocation import BLOCK, SMALL
from engines.compiler.runtime.collector import FREE, LARGE, MORE, SPARE, USED
from engines.compiler.types import GRANULE, types
from harness.engine import Trap, TrapKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from engines.compiler.home import Home
    from engines.wasm.activation import Activation
    from engines.wasm.deftypes import DefType

LIMIT = 1 << 30
"""Bytes of all objects together; a fifth of it, at most, is needed for bookkeeping besides."""
STEP = 8 << 20
"""Bytes that are given away, at least, between two collections."""
FINE = 1 << 10
"""Bytes of the largest object for which it is worth looking for room in a block that is in use."""
PATIENCE = 0.002
"""Seconds to wait for invocations in other threads before the heap grows instead of being collected."""
LAST_PATIENCE = 1.0
"""Seconds to wait for them when it cannot grow."""
KEPT = 64 << 20
"""Bytes of free blocks that are not given back to the system."""
_TYPES = 1000
"""Types that may be kept alive, at least, between two collections."""


class Mutator(Protocol):
    """The stack of an invocation, which may hold references."""

    address: int
    """Of the execution context, which ends where the stack begins."""
    context: ExecutionContext
    rests_at: int | None
    """The stack pointer, while the invocation is in the host; None while it runs, or may."""
    epoch: int | None
    """How many collections had been when its block was last valid; None if it has none."""

    @property
    def uses_heap(self) -> bool:
        """Whether it may come by objects. It becomes so under the heap's lock, and stays so."""


class Heap:
    """The heap; who looks at references that are neither Python's nor on the stack of an invocation takes
    the lock.
    """

    def __init__(self) -> None:
        self._region, limit = _reserve()
        granules, blocks = limit // GRANULE, limit // BLOCK
        self._pending = granules + blocks * 5, granules * 8
        self._books = pages.Region(sum(self._pending), pages.READ | pages.WRITE)
        starts = self._books.address
        self._record = HeapRecord(
            base=self._region.address,
            starts=starts,
            live=starts + granules,
            blocks=starts + granules + blocks * 4,
            pending=starts + self._pending[0],
        )
        self._blocks = (ctypes.c_char * blocks).from_address(self._record.blocks)
        self.address = self._region.address
        self.end = self.address + limit
        self.starts = starts - self.address // GRANULE
        """What has to be added to the number of a granule."""
        self.lock = threading.RLock()
        # Whoever enters a Condition itself holds it for ever if a signal comes in at the wrong moment.
        self._rest = threading.Condition(self.lock)
        self._collecting = False
        self.running: dict[int, Mutator] = {}
        """Invocations by the addresses of their contexts."""
        self.objects: weakref.WeakValueDictionary[int, Any] = weakref.WeakValueDictionary()
        """What Python holds, by address."""
        self.collections = 0
        self._homes: weakref.WeakSet[Home] = weakref.WeakSet()
        self._types: set[DefType] = set()
        """Types that objects may be of, kept alive."""
        self._types_allowance = _TYPES
        self._given = 0
        self._allowance = STEP // BLOCK
        """Blocks that may be given away before the next collection."""
        self._given_up = False
        """Whether the last collection was, so that there are marks."""
        self._next = self._end = 0
        """Where Python allocates."""

    def admit(self, home: Home) -> None:
        """Let an instance refer to objects."""
        with self.lock:
            self._homes.add(home)
            self._types.update(home.types)
            if len(self._types) > self._types_allowance:
                self.collect()
                self._types_allowance = 2 * len(self._types) + _TYPES

    def enter(self, mutator: Mutator, activation: Activation) -> None:
        """An invocation begins to run, or goes on. Raises `Interrupted`."""
        if not mutator.uses_heap:
            self._empty(mutator)
            mutator.rests_at = None
            self.running[mutator.address] = mutator
            # Not before: a collection that comes now, as it may be in use after all, has to see that it runs.
            if not mutator.uses_heap:
                return
        while self._collecting:
            activation.poll()
            time.sleep(PATIENCE / 4)
        with self.lock:
            self._renew(mutator)
            self.running[mutator.address] = mutator

    def leave(self, mutator: Mutator) -> None:
        """An invocation is over, and holds no references."""
        self.running.pop(mutator.address, None)

    def take(self, mutator: Mutator, size: int) -> int:
        """Room for a large object, or 0, after the context of the invocation has been given another block.

        The invocation is at rest, and runs from now on. Raises `Trap` if there is no more.
        """
        with self.lock:
            small = size <= SMALL
            address = self._block(mutator, spare=size <= FINE) if small else self._large(size, mutator)
            self._renew(mutator)
            if not small:
                return address
            context = mutator.context
            context.heap_next = context.heap_end = address
            context.heap_block_end = address + BLOCK
            return 0

    def allocate(self, size: int) -> int:
        """For Python, which has the lock: where to put an object of `size` bytes at once.

        Raises `Trap` if there is no more.
        """
        size += -size % GRANULE
        if size > SMALL:
            address = self._large(size)
        else:
            if self._next + size > self._end:
                self._next = self._block()
                self._end = self._next + BLOCK
            address = self._next
            self._next += size
        ctypes.c_uint8.from_address(self.starts + address // GRANULE).value = 1
        return address

    @property
    def used(self) -> int:
        """Bytes of the blocks in use."""
        return (len(self._blocks) - self._blocks.raw.count(FREE)) * BLOCK

    def _block(self, mutator: Mutator | None = None, spare: bool = False) -> int:
        return self._give(bytes([USED]), mutator, spare)

    def _large(self, size: int, mutator: Mutator | None = None) -> int:
        count = -(-size // BLOCK)
        if count > len(self._blocks):
            raise Trap(TrapKind.ALLOCATION, f"an object of {size} bytes is larger than the heap")
        return self._give(bytes([LARGE]) + bytes([MORE]) * (count - 1), mutator)

    def _give(self, kinds: bytes, mutator: Mutator | None, spare: bool = False) -> int:
        """The address of as many blocks as there are kinds for them."""
        count = len(kinds)
        if self._given + count > self._allowance and not self.collect(mutator, PATIENCE):
            self._allowance = self._given + STEP // BLOCK
        block = self._find(count, spare)
        if block < 0 and self._given and self.collect(mutator, LAST_PATIENCE):
            block = self._find(count, spare)
        if block < 0:
            raise Trap(TrapKind.ALLOCATION, f"the heap of {len(self._blocks) * BLOCK} bytes is full")
        self._given += count
        ctypes.memmove(self._record.blocks + block, kinds, count)
        self._record.size = max(self._record.size, (block + count) * BLOCK)
        return self.address + block * BLOCK

    def _find(self, count: int, spare: bool) -> int:
        blocks = self._blocks.raw
        found = blocks.find(SPARE) if spare else -1
        return found if found >= 0 else blocks.find(bytes([FREE]) * count)

    def collect(self, mutator: Mutator | None = None, patience: float = PATIENCE) -> bool:
        """Free what cannot be reached, for an invocation at rest, or for Python; whether it has been done."""
        with self.lock:
            collections = self.collections
            resting = self._await_rest(mutator, patience)
            if resting is None:
                return self.collections != collections
            self._collecting = True
            try:
                return self._collect(mutator, resting)
            finally:
                self._collecting = False

    def _collect(self, mutator: Mutator | None, resting: Iterable[Mutator]) -> bool:
        # What is dropped by other threads from now on has to stay where it is all the same.
        homes = list(self._homes)
        ranges, count = self._ranges(homes, resting)
        stop = ctypes.c_uint64() if mutator is None else mutator.context
        record = ctypes.byref(self._record)
        mark, sweep, unmark = _native()
        if self._given_up:
            unmark(record)
        self._given_up = not mark(record, ranges, count, ctypes.byref(stop))
        if self._given_up:
            return False
        used = sweep(record)
        self.collections += 1
        self._next = self._end = 0
        self._given = 0
        self._allowance = max(STEP // BLOCK, used)
        self._forget_types(homes)
        self._give_back(used)
        return True

    def _await_rest(self, mutator: Mutator | None, patience: float) -> list[Mutator] | None:
        """Wait until no invocation runs; those that rest, or None if there has been a collection meanwhile,
        or some still run.
        """
        collections = self.collections
        until = time.monotonic() + patience
        while True:
            users = [each for each in tuple(self.running.values()) if each.uses_heap]
            if all(each.rests_at is not None for each in users):
                return users
            stopped = mutator is not None and mutator.context.stop
            if stopped or time.monotonic() > until or self.collections != collections:
                return None
            self._rest.wait(PATIENCE / 4)

    def _ranges(
        self, homes: Iterable[Home], resting: Iterable[Mutator]
    ) -> tuple[ctypes.Array[ctypes.c_uint64], int]:
        """Where references are: pairs of an address and a number of words there; and how many pairs."""
        words: list[int] = []
        for mutator in resting:
            assert mutator.rests_at is not None
            end = mutator.address + ctypes.sizeof(ExecutionContext)
            words += (mutator.rests_at, (end - mutator.rests_at) // 8)
        for home in homes:
            for address in home.globals:
                words += (address, 1)
            for address in home.tables:
                table = TableRecord.from_address(address)
                words += (table.base or 0, table.size)
        # Behind the pairs stands what Python holds, which the last of them is about.
        held = list(self.objects)
        count = len(words) // 2 + 1
        ranges = (ctypes.c_uint64 * (2 * count + len(held)))(*words, 0, len(held), *held)
        ranges[len(words)] = ctypes.addressof(ranges) + 16 * count
        return ranges, count

    def _renew(self, mutator: Mutator) -> None:
        """Let an invocation run; what it allocated from may have been given to others by a collection."""
        if mutator.epoch != self.collections:
            self._empty(mutator)
            mutator.epoch = self.collections
        mutator.rests_at = None

    def _empty(self, mutator: Mutator) -> None:
        """Take the block that it allocates from."""
        if mutator.epoch is not None:
            context = mutator.context
            context.heap_next = context.heap_end = context.heap_block_end = 0
            mutator.epoch = None

    def _forget_types(self, homes: Iterable[Home]) -> None:
        """Keep no types but those of instances, and of objects that are alive."""
        kept = {type_ for home in homes for type_ in home.types}
        for type_ in self._types:
            shape = types.shape(type_)
            if shape.live:
                kept.add(type_)
            shape.live = 0
        self._types = kept

    def _give_back(self, used: int) -> None:
        """Let the system have the pages of free blocks, if there are many."""
        self._books.discard(*self._pending)
        if self._record.size - used * BLOCK > KEPT:
            blocks = self._blocks.raw.rstrip(bytes([FREE]))
            end = self._record.size
            self._record.size = len(blocks) * BLOCK
            self._region.discard(self._record.size, end - self._record.size)
            for free in re.finditer(bytes([FREE]) + b"+", blocks):
                self._region.discard(free.start() * BLOCK, (free.end() - free.start()) * BLOCK)


def _reserve() -> tuple[pages.Region, int]:
    """Address space for the heap, or as much of it as there is; raises MemoryError."""
    limit = LIMIT
    while True:
        try:
            return pages.Region(limit, pages.READ | pages.WRITE), limit
        except MemoryError:
            limit //= 2
            if limit < STEP:
                raise


@functools.cache
def _native() -> tuple[Callable[..., int], Callable[..., int], Callable[..., None]]:
    """The collector: `mark`, `sweep`, `unmark`; they run without the GIL."""
    addresses, pointer, word = runtime().addresses, ctypes.c_void_p, ctypes.c_uint64
    return (
        ctypes.CFUNCTYPE(ctypes.c_int, pointer, pointer, word, pointer)(addresses["mark"]),
        ctypes.CFUNCTYPE(word, pointer)(addresses["sweep"]),
        ctypes.CFUNCTYPE(None, pointer)(addresses["unmark"]),
    )


heap = Heap()
"""The heap of this process."""
