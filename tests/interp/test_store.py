"""Memories and tables grow in pieces, wholly or not at all."""

from __future__ import annotations

import pytest

from engines.interp.store import MAX_BYTES, MAX_ENTRIES, Memory, Table
from engines.wasm.activation import Activation
from harness.context import Cause
from harness.engine import Interrupted
from harness.standard.types import FUNCREF, Limits, MemType, TableType

NEVER = Activation(False)
"""Is not interrupted."""


class Third(Activation):
    """Is interrupted just before it is polled for the third time."""

    def __init__(self, interruptible: bool) -> None:
        super().__init__(interruptible)
        self.polls = 0

    def poll(self) -> None:
        self.polls += 1
        if self.polls == 3:
            self.interrupt(Cause.CANCELLED)
        super().poll()


def memory(most: int | None = None) -> Memory:
    return Memory(MemType(Limits(1, most)), NEVER)


def table(most: int | None = None) -> Table:
    return Table(TableType(Limits(1, most), FUNCREF), None, NEVER)


@pytest.mark.parametrize("interruptible", [False, True])
def test_growth(interruptible: bool) -> None:
    activation = Activation(interruptible)
    mem, tab = memory(), table()
    assert mem.grow(40, activation) == 1
    assert len(mem) == 41 * 65536
    assert mem.grow(0, activation) == 41
    assert tab.grow(300_000, "x", activation) == 1
    assert tab.read(0, tab.size) == [None] + 300_000 * ["x"]


def test_an_interrupted_growth_leaves_nothing_half_made() -> None:
    mem, tab = memory(), table()
    activation = Third(True)
    with pytest.raises(Interrupted):
        mem.grow(100, activation)
    assert (activation.polls, mem.size) == (3, 1)
    activation = Third(True)
    with pytest.raises(Interrupted):
        tab.grow(1_000_000, "x", activation)
    assert (activation.polls, tab.size) == (3, 1)


def test_allocation_can_be_interrupted_too() -> None:
    with pytest.raises(Interrupted):
        Memory(MemType(Limits(100, None)), Third(True))
    with pytest.raises(Interrupted):
        Table(TableType(Limits(1_000_000, None), FUNCREF), None, Third(True))


def test_not_interruptible_it_grows_on() -> None:
    mem = memory()
    assert mem.grow(100, Third(False)) == 1
    assert mem.size == 101


def test_limits() -> None:
    activation = Activation(True)
    mem, tab = memory(3), table(3)
    assert mem.grow(3, activation) is None
    assert tab.grow(3, None, activation) is None
    assert mem.grow(2, activation) == tab.grow(2, None, activation) == 1
    assert memory().grow(MAX_BYTES // 65536, activation) is None
    assert table().grow(MAX_ENTRIES, None, activation) is None
    with pytest.raises(MemoryError):
        Memory(MemType(Limits(MAX_BYTES // 65536 + 1, None)), activation)
    with pytest.raises(MemoryError):
        Table(TableType(Limits(MAX_ENTRIES + 1, None), FUNCREF), None, activation)
