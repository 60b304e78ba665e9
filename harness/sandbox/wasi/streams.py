"""The standard streams: input that was given, output that is told."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from harness.sandbox.wasi.guest import ERRORS, INPUT, OUTPUT, Errno, Failure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.sandbox.wasi.guest import Guest

LONGEST = 1 << 18
"""Bytes read or written at once; programs have to be prepared for less than they asked for."""
_MOST = 1024
"""Buffers that can be given at once."""
_VECTOR = struct.Struct("<II")
_STATUS = struct.Struct("<BxHxxxxQQ")
_FILE_TYPE = 0  # unknown: neither a file nor a terminal
_READ, _WRITE, _POLL = 1 << 1, 1 << 6, 1 << 27
_RIGHTS = {INPUT: _READ | _POLL, OUTPUT: _WRITE | _POLL, ERRORS: _WRITE | _POLL}
_FLAGS = 0b11111


def fd_read(guest: Guest, fd: int, vectors: int, count: int, size: int) -> None:
    """Fill buffers with what is left of the input; nothing is its end."""
    program = guest.program
    program.check(fd, INPUT)
    total = 0
    for buffer, length in _buffers(guest, vectors, count):
        part = program.stdin[total : total + length]
        guest.write(buffer, bytes(part))
        total += len(part)
    guest.write_u32(size, total)
    program.stdin = program.stdin[total:]


def fd_write(guest: Guest, fd: int, vectors: int, count: int, size: int) -> None:
    """Write what is in buffers."""
    guest.program.check(fd, OUTPUT, ERRORS)
    data = b"".join([guest.read(buffer, length) for buffer, length in _buffers(guest, vectors, count)])
    guest.write_u32(size, len(data))
    if data:
        guest.call.write(OUTPUT if fd == OUTPUT else ERRORS, data)


def fd_fdstat_get(guest: Guest, fd: int, status: int) -> None:
    """Write what kind of descriptor it is."""
    guest.program.check(fd)
    guest.write(status, _STATUS.pack(_FILE_TYPE, guest.program.streams[fd], _RIGHTS[fd], 0))


def fd_fdstat_set_flags(guest: Guest, fd: int, flags: int) -> None:
    """Set flags, such as not to block."""
    guest.program.check(fd)
    if flags & ~_FLAGS:
        raise Failure(Errno.INVAL)
    guest.program.streams[fd] = flags


def fd_close(guest: Guest, fd: int) -> None:
    """Close a descriptor."""
    guest.program.check(fd)
    del guest.program.streams[fd]


def fd_seek(guest: Guest, fd: int, _offset: int, _whence: int, _position: int) -> None:
    """Move: a stream has no positions."""
    guest.program.check(fd)
    raise Failure(Errno.SPIPE)


def fd_tell(guest: Guest, fd: int, _position: int) -> None:
    """Write the position: a stream has none."""
    guest.program.check(fd)
    raise Failure(Errno.SPIPE)


def fd_prestat_get(_guest: Guest, _fd: int, _status: int) -> None:
    """Write which directory was opened beforehand: there is none."""
    raise Failure(Errno.BADF)


def fd_prestat_dir_name(_guest: Guest, _fd: int, _path: int, _length: int) -> None:
    """Write its name."""
    raise Failure(Errno.BADF)


def _buffers(guest: Guest, vectors: int, count: int) -> Iterator[tuple[int, int]]:
    """Pointers and lengths of buffers, `LONGEST` bytes in all."""
    if count > _MOST:
        raise Failure(Errno.INVAL)
    left = LONGEST
    for pointer, length in _VECTOR.iter_unpack(guest.read(vectors, count * _VECTOR.size)):
        yield pointer, min(length, left)
        left -= min(length, left)
