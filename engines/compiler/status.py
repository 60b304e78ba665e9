"""How an invocation may end, as the number that generated code hands over."""

from __future__ import annotations

from harness.engine import TrapKind

RETURNED = 0
TRAPS: dict[TrapKind, int] = {kind: number for number, kind in enumerate(TrapKind, 1)}
KINDS: dict[int, TrapKind] = {number: kind for kind, number in TRAPS.items()}
EXHAUSTED = 64
"""The stack pointer fell below the limit; or the limit was raised to interrupt the invocation."""
INTERRUPTED = 65
"""A long operation, or a function of the host, came to see that the invocation is to stop."""
UNCAUGHT = 67
"""An exception left the outermost call."""
RAISED = 66
"""A function of the host raised something."""
