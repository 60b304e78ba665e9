"""How much to measure and how long to wait; all times in nanoseconds."""

from __future__ import annotations

import msgspec

MS = 1_000_000
S = 1_000_000_000


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The defaults suit a machine that is shared."""

    deadline: int = 50 * MS
    """A call that does not end is told to stop so long after it began."""
    bound: int = 200 * MS
    """How late an interruption may come."""
    repetitions: int = 5
    """Calls that are measured, a scenario and a way of stopping each."""
    elsewhere: int = 1
    """The same, where the call comes to the code in another way than from the host at once."""
    warmup: int = 1
    """Calls before these that are judged but not measured."""
    grace: int = 300 * MS
    """With cancellation off, how long after its deadline a call must still be running."""
    finite: int = 60 * S
    """The deadline of a call that ends by itself."""
    patience: int = 10 * S
    """How long after its deadline a call is waited for before its process is killed."""
    setup: int = 60 * S
    """How long compiling, instantiating and reading may take, each."""
    idle: int = 50 * MS
    """How long a process is watched that has nothing to do."""
    settle: int = 1 * S
    """How long after a call the process may still be busy, with compiling or with its garbage."""
    pairs: int = 9
    """Measurements of a kernel with cancellation on, and as many with it off."""
    points: int = 3
    """Points on a curve that tells how a measurement grows."""
    many: int = 8
    """Calls that run beside each other where neighbours are the point."""
    rounds: int = 2000
    """Calls of a sweep, which is told to stop a little earlier or later every time."""
    calls: int = 1000
    """Interrupted calls in one process that must leave nothing behind."""
    both: bool = True
    """Whether the official suite runs with cancellation off as well, and what comes of it is compared."""
    exit: int = 5 * S
    """How long a process may take to end when told to."""
