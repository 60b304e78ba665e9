"""Waiting and notifying: generated code calls these as it calls functions of the host.

What sleeps does not run, so there is nothing to be won by staying out of Python: the queues and the alarm
that an interruption rings are those of every engine.
"""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING

from engines.wasm.waiting import Waiting

if TYPE_CHECKING:
    from engines.compiler.layout import Registers
    from engines.wasm.activation import Activation

_CELLS: dict[int, type[ctypes.c_uint32] | type[ctypes.c_uint64]] = {4: ctypes.c_uint32, 8: ctypes.c_uint64}
"""By width, in bytes; aligned ones are read at once."""
_waiting = Waiting()
"""By where a cell is in our address space: so one is enough for all memories."""


def wait(activation: Activation, registers: Registers) -> int:
    """Where the cell is, what is expected there, the timeout, and the width of the cell: all i64."""
    place, expected, timeout, width = registers.integers[:4]
    cell = _CELLS[width].from_address(place)
    return _waiting.wait(place, lambda: cell.value == expected, timeout, activation)


def notify(activation: Activation, registers: Registers) -> int:
    """Where the cell is, an i64, and how many to wake, an i32."""
    place, count = registers.integers[:2]
    return _waiting.notify(place, count & 0xFFFF_FFFF)
