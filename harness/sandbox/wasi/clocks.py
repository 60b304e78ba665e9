"""Clocks, and waiting for them."""

from __future__ import annotations

import struct
import time
from typing import TYPE_CHECKING, NamedTuple

from harness.context import NANOSECONDS
from harness.sandbox.wasi.guest import INPUT, Errno, Failure
from harness.sandbox.wasi.streams import LONGEST

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.sandbox.wasi.guest import Guest

_CLOCKS: dict[int, Callable[[], int]] = {
    0: time.time_ns,
    1: time.monotonic_ns,
    2: time.process_time_ns,
    3: time.thread_time_ns,
}
"""By number: what shows the time, in nanoseconds."""
_RESOLUTION = 1
_WAKING = (0, 1)
"""Clocks that can be waited for: the others stand still meanwhile."""
_MOST = 1024
"""Things that can be waited for at once."""
_SUBSCRIPTION = struct.Struct("<QB7xI4xQ8xH6x")
_EVENT = struct.Struct("<QHB5xQH6x")
_OF_CLOCK, _OF_READING, _OF_WRITING = range(3)
_ABSOLUTE = 1
_HANG_UP = 1


class _Subscription(NamedTuple):
    """What is waited for."""

    label: int
    """Chosen by the program, for the event."""
    kind: int
    subject: int
    """A clock or a descriptor."""
    timeout: int
    flags: int

    def event(self, errno: Errno = Errno.SUCCESS, size: int = 0, flags: int = 0) -> bytes:
        return _EVENT.pack(self.label, errno, self.kind, size, flags)


def clock_res_get(guest: Guest, clock: int, resolution: int) -> None:
    """Write the least difference a clock shows, in nanoseconds."""
    _clock(clock)
    guest.write_u64(resolution, _RESOLUTION)


def clock_time_get(guest: Guest, clock: int, _precision: int, now: int) -> None:
    """Write what a clock shows, in nanoseconds."""
    guest.write_u64(now, _clock(clock)())


def poll_oneoff(guest: Guest, subscriptions: int, events: int, count: int, happened: int) -> None:
    """Wait until a clock shows some time, or a stream is ready, as it always is; write what has happened."""
    if not 0 < count <= _MOST:
        raise Failure(Errno.INVAL)
    given = guest.read(subscriptions, count * _SUBSCRIPTION.size)
    guest.read(events, count * _EVENT.size)  # where it is no good, it is of no use to wait
    found = [_Subscription._make(fields) for fields in _SUBSCRIPTION.iter_unpack(given)]
    began = time.monotonic_ns()
    ready = [_ready(guest, subscription) for subscription in found]
    due = {at: began + _left(each) for at, each in enumerate(found) if ready[at] is None}
    if due and len(due) == count:
        guest.call.sleep((min(due.values()) - time.monotonic_ns()) / NANOSECONDS)
    now = time.monotonic_ns()
    for at, when in due.items():
        if when <= now:
            ready[at] = found[at].event()
    written = [event for event in ready if event is not None]
    guest.write(events, b"".join(written))
    guest.write_u32(happened, len(written))


def _clock(number: int) -> Callable[[], int]:
    try:
        return _CLOCKS[number]
    except KeyError:
        raise Failure(Errno.INVAL) from None


def _ready(guest: Guest, subscription: _Subscription) -> bytes | None:
    """The event of what has happened already; None of what has to be waited for."""
    program, kind, subject = guest.program, subscription.kind, subscription.subject
    if kind not in (_OF_CLOCK, _OF_READING, _OF_WRITING):
        raise Failure(Errno.INVAL)
    if kind == _OF_CLOCK:
        return None if subject in _WAKING else subscription.event(Errno.INVAL)
    if subject not in program.streams or (subject == INPUT) is not (kind == _OF_READING):
        return subscription.event(Errno.BADF)
    if kind == _OF_WRITING:
        return subscription.event(size=LONGEST)
    left = len(program.stdin)
    return subscription.event(size=left, flags=0 if left else _HANG_UP)


def _left(subscription: _Subscription) -> int:
    """Nanoseconds until a clock shows the time."""
    if subscription.flags & _ABSOLUTE:
        return subscription.timeout - _CLOCKS[subscription.subject]()
    return subscription.timeout
