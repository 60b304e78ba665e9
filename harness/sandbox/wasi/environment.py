"""What a program is given when it starts, and how it ends."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from harness.engine import Exited, Interrupted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.sandbox.wasi.guest import Guest

_CHUNK = 1 << 20
"""Random bytes made at once: how many it makes before it looks at the context again."""


def args_get(guest: Guest, pointers: int, buffer: int) -> None:
    """Write the arguments, and pointers to them."""
    _put(guest, guest.program.args, pointers, buffer)


def args_sizes_get(guest: Guest, count: int, size: int) -> None:
    """Write how many arguments there are, and the bytes of all of them."""
    _put_sizes(guest, guest.program.args, count, size)


def environ_get(guest: Guest, pointers: int, buffer: int) -> None:
    """Write the environment, and pointers to its variables."""
    _put(guest, guest.program.env, pointers, buffer)


def environ_sizes_get(guest: Guest, count: int, size: int) -> None:
    """Write how many variables there are, and the bytes of all of them."""
    _put_sizes(guest, guest.program.env, count, size)


def random_get(guest: Guest, buffer: int, length: int) -> None:
    """Write random bytes."""
    context = guest.call.context
    for start in range(0, length, _CHUNK):
        if context.cause is not None:
            raise Interrupted(context.cause)
        guest.write(buffer + start, guest.program.random_bytes(min(_CHUNK, length - start)))


def proc_exit(_guest: Guest, status: int) -> None:
    """End the program."""
    raise Exited(status)


def sched_yield(_guest: Guest) -> None:
    """Let others run: there are none."""


def _put(guest: Guest, strings: Sequence[bytes], pointers: int, buffer: int) -> None:
    places = itertools.accumulate(map(len, strings), initial=buffer)
    for number, (place, string) in enumerate(zip(places, strings, strict=False)):
        guest.write_u32(pointers + 4 * number, place)
        guest.write(place, string)


def _put_sizes(guest: Guest, strings: Sequence[bytes], count: int, size: int) -> None:
    guest.write_u32(count, len(strings))
    guest.write_u32(size, sum(map(len, strings)))
