"""The functions of WASI, one by one: what they write, and that nothing a program passes breaks them."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Protocol

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness import context
from harness.context import Cause
from harness.engine import Exited, Interrupted
from harness.sandbox.wasi.guest import Errno
from harness.sandbox.wasi.streams import LONGEST
from harness.sandbox.wasi.table import FUNCTIONS, Row

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.wasi.conftest import Wasi

    class Make(Protocol):
        def __call__(self, **given: object) -> Wasi: ...


SUBSCRIPTION, EVENT = "QBxxxxxxxIxxxxQQHxxxxxx", "QHBxxxxxQHxxxxxx"
OUTSIDE = 0xFFFF_FFF0
"""A pointer that leads out of every memory there is here."""


def strings(wasi: Wasi, get: str, sizes: str) -> list[bytes]:
    """What a program makes of its arguments or its environment."""
    assert wasi(sizes, 0, 4) == Errno.SUCCESS
    count, size = wasi.at(0, "II")
    assert wasi(get, 8, 1000) == Errno.SUCCESS
    pointers = wasi.at(8, f"{count}I")
    assert list(pointers) == sorted(pointers)
    found = [bytes(wasi.memory.data[pointer:]).partition(b"\0")[0] for pointer in pointers]
    assert sum(len(string) + 1 for string in found) == size
    return found


@pytest.mark.parametrize("given", [(), ("program",), ("program", "", "naïve ☃", "x" * 1000)])
def test_arguments_and_environment(wasi: Make, given: tuple[str, ...]) -> None:
    expected = [text.encode() for text in given]
    assert strings(wasi(args=given), "args_get", "args_sizes_get") == expected
    assert strings(wasi(env=given), "environ_get", "environ_sizes_get") == expected


@pytest.mark.parametrize(
    ("clock", "show"), [(0, time.time_ns), (1, time.monotonic_ns), (2, time.process_time_ns)]
)
def test_clocks(wasi: Make, clock: int, show: Callable[[], int]) -> None:
    program = wasi()
    before = show()
    assert program("clock_time_get", clock, 1000, 8) == Errno.SUCCESS
    assert before <= program.at(8, "Q")[0] <= show()
    assert program("clock_res_get", clock, 8) == Errno.SUCCESS
    assert program.at(8, "Q")[0] > 0


def test_there_are_no_other_clocks(wasi: Make) -> None:
    assert wasi()("clock_time_get", 4, 0, 8) == Errno.INVAL
    assert wasi()("clock_res_get", 4, 8) == Errno.INVAL


def test_random_bytes_are_repeatable_with_a_seed(wasi: Make) -> None:
    drawn = []
    for seed in (1, 1, 2, None, None):
        program = wasi(seed=seed)
        assert program("random_get", 0, 64) == Errno.SUCCESS
        drawn.append(bytes(program.memory.data[:64]))
        assert not any(program.memory.data[64:])
    assert drawn[0] == drawn[1]
    assert len(set(drawn)) == 4


def test_output_is_told_as_it_is_written(wasi: Make) -> None:
    program = wasi()
    program.memory.data[100:110] = b"helloworld"
    program.put(0, "IIIIII", 105, 5, 0, 0, 100, 5)
    assert program("fd_write", 1, 0, 3, 32) == Errno.SUCCESS
    assert program.at(32, "I") == (10,)
    assert program("fd_write", 2, 0, 1, 32) == Errno.SUCCESS
    assert program("fd_write", 1, 0, 0, 32) == Errno.SUCCESS
    assert program.at(32, "I") == (0,)
    assert program.wrote == [(1, b"worldhello"), (2, b"world")]


def test_no_more_is_written_at_once_than_fits_into_a_message(wasi: Make) -> None:
    program = wasi()
    program.put(0, "II" * 8, *(0, 65536) * 8)
    assert program("fd_write", 1, 0, 8, 100) == Errno.SUCCESS
    assert program.at(100, "I") == (LONGEST,)
    ((_, data),) = program.wrote
    assert len(data) == LONGEST


def test_input_is_read_to_its_end(wasi: Make) -> None:
    program = wasi(stdin=b"one two")
    program.put(0, "IIII", 100, 3, 200, 2)
    read = b""
    while True:
        assert program("fd_read", 0, 0, 2, 32) == Errno.SUCCESS
        (size,) = program.at(32, "I")
        if not size:
            break
        read += bytes(program.memory.data[100:103] + program.memory.data[200:202])[:size]
    assert read == b"one two"


def test_what_is_closed_is_closed(wasi: Make) -> None:
    program = wasi(stdin=b"text")
    assert program("fd_close", 0) == Errno.SUCCESS
    assert program("fd_close", 0) == Errno.BADF
    assert program("fd_read", 0, 0, 0, 32) == Errno.BADF
    assert program("fd_fdstat_get", 0, 32) == Errno.BADF
    assert program("fd_seek", 0, 0, 0, 32) == Errno.BADF
    assert program("fd_write", 1, 0, 0, 32) == Errno.SUCCESS


@pytest.mark.parametrize("fd", [0, 1, 2])
def test_streams_are_no_files(wasi: Make, fd: int) -> None:
    program = wasi()
    assert program("fd_seek", fd, 0, 0, 32) == Errno.SPIPE
    assert program("fd_tell", fd, 32) == Errno.SPIPE
    assert program("fd_fdstat_set_flags", fd, 4) == Errno.SUCCESS
    assert program("fd_fdstat_set_flags", fd, 32) == Errno.INVAL
    assert program("fd_fdstat_get", fd, 32) == Errno.SUCCESS
    kind, flags, rights, inherited = program.at(32, "BxHxxxxQQ")
    assert (kind, flags, inherited) == (0, 4, 0)
    assert rights & (1 << 1 | 1 << 6) == (1 << 1 if fd == 0 else 1 << 6)


def test_each_stream_has_one_direction(wasi: Make) -> None:
    program = wasi(stdin=b"text")
    for fd in (1, 2, 3):
        assert program("fd_read", fd, 0, 0, 32) == Errno.BADF
    for fd in (0, 3):
        assert program("fd_write", fd, 0, 0, 32) == Errno.BADF


@pytest.mark.parametrize("fd", [0, 3, 0xFFFF_FFFF])
def test_no_directory_is_open(wasi: Make, fd: int) -> None:
    assert wasi()("fd_prestat_get", fd, 32) == Errno.BADF
    assert wasi()("fd_prestat_dir_name", fd, 32, 10) == Errno.BADF


@pytest.mark.parametrize("name", [row.name for row in FUNCTIONS.values() if row.body is None])
def test_what_is_not_offered_says_so(wasi: Make, name: str) -> None:
    assert wasi()(name, *(0 for _ in FUNCTIONS[name].params)) == Errno.NOSYS


def test_a_program_ends_itself(wasi: Make) -> None:
    with pytest.raises(Exited) as ended:
        wasi()("proc_exit", 0xFFFF_FFFF)
    assert ended.value.status == 0xFFFF_FFFF


def test_others_may_run(wasi: Make) -> None:
    assert wasi()("sched_yield") == Errno.SUCCESS


def subscribe(program: Wasi, *subscriptions: tuple[int, ...]) -> int:
    for index, (kind, subject, timeout, flags) in enumerate(subscriptions):
        program.put(1000 + 48 * index, SUBSCRIPTION, 7 + index, kind, subject, timeout, 0, flags)
    return program("poll_oneoff", 1000, 2000, len(subscriptions), 3000)


def events(program: Wasi) -> list[tuple[int, ...]]:
    (count,) = program.at(3000, "I")
    return [program.at(2000 + 32 * index, EVENT) for index in range(count)]


@pytest.mark.parametrize("clock", [0, 1])
def test_waiting_for_a_clock(wasi: Make, clock: int) -> None:
    program = wasi()
    before = time.monotonic_ns()
    assert subscribe(program, (0, clock, 10_000_000, 0), (0, clock, 3600 * 10**9, 0)) == Errno.SUCCESS
    assert time.monotonic_ns() - before >= 10_000_000
    assert events(program) == [(7, 0, 0, 0, 0)]


@pytest.mark.parametrize(("clock", "show"), [(0, time.time_ns), (1, time.monotonic_ns)])
def test_waiting_for_a_time(wasi: Make, clock: int, show: Callable[[], int]) -> None:
    program = wasi()
    until = show() + 10_000_000
    assert subscribe(program, (0, clock, until, 1), (0, clock, (1 << 64) - 1, 1)) == Errno.SUCCESS
    assert until <= show()
    assert events(program) == [(7, 0, 0, 0, 0)]
    assert subscribe(program, (0, clock, 0, 1)) == Errno.SUCCESS, "a time that has passed"


def test_streams_are_always_ready(wasi: Make) -> None:
    program = wasi(stdin=b"text")
    long = (0, 1, 3600 * 10**9, 0)
    given = [(1, 0, 0, 0), (2, 1, 0, 0), (2, 2, 0, 0), (2, 0, 0, 0), (1, 1, 0, 0), (1, 5, 0, 0), (0, 2, 0, 0)]
    assert subscribe(program, long, *given) == Errno.SUCCESS
    assert events(program) == [
        (8, 0, 1, 4, 0),
        (9, 0, 2, LONGEST, 0),
        (10, 0, 2, LONGEST, 0),
        (11, Errno.BADF, 2, 0, 0),
        (12, Errno.BADF, 1, 0, 0),
        (13, Errno.BADF, 1, 0, 0),
        (14, Errno.INVAL, 0, 0, 0),
    ]


def test_the_end_of_the_input_is_an_event(wasi: Make) -> None:
    program = wasi()
    assert subscribe(program, (1, 0, 0, 0)) == Errno.SUCCESS
    assert events(program) == [(7, 0, 1, 0, 1)]


def test_waiting_for_nothing_or_for_what_there_is_not(wasi: Make) -> None:
    program = wasi()
    assert subscribe(program) == Errno.INVAL
    assert subscribe(program, (3, 0, 0, 0)) == Errno.INVAL
    assert program("poll_oneoff", 0, 0, 1 << 31, 0) == Errno.INVAL


def test_waiting_is_interrupted(wasi: Make) -> None:
    program = wasi()
    with context.with_timeout(context.background(), 0.01) as program.context:
        with pytest.raises(Interrupted) as interrupted:
            subscribe(program, (0, 1, (1 << 64) - 1, 0))
        assert interrupted.value.cause is Cause.DEADLINE


def test_waiting_is_interrupted_from_the_start(wasi: Make) -> None:
    program = wasi()
    program.context.cancel()
    with pytest.raises(Interrupted) as interrupted:
        subscribe(program, (0, 1, 3600 * 10**9, 0))
    assert interrupted.value.cause is Cause.CANCELLED
    with pytest.raises(Interrupted):
        program("random_get", 0, 1)


POINTERS = [
    ("args_get", (OUTSIDE, 0)),
    ("args_get", (0, OUTSIDE)),
    ("args_sizes_get", (OUTSIDE, 0)),
    ("args_sizes_get", (0, OUTSIDE)),
    ("environ_get", (0, OUTSIDE)),
    ("environ_sizes_get", (0, OUTSIDE)),
    ("clock_res_get", (0, OUTSIDE)),
    ("clock_time_get", (0, 0, 65529)),
    ("random_get", (65530, 7)),
    ("random_get", (0, 0xFFFF_FFFF)),
    ("fd_read", (0, OUTSIDE, 1, 0)),
    ("fd_read", (0, 8, 1, 0)),
    ("fd_read", (0, 0, 1, OUTSIDE)),
    ("fd_write", (1, OUTSIDE, 1, 0)),
    ("fd_write", (1, 8, 1, 0)),
    ("fd_write", (1, 0, 1, OUTSIDE)),
    ("fd_fdstat_get", (0, 65520)),
    ("poll_oneoff", (OUTSIDE, 0, 1, 0)),
    ("poll_oneoff", (0, OUTSIDE, 1, 0)),
    ("poll_oneoff", (100, 2000, 1, OUTSIDE)),
]


@pytest.mark.parametrize(("name", "args"), POINTERS)
def test_a_pointer_that_leads_out_is_an_error(wasi: Make, name: str, args: tuple[int, ...]) -> None:
    program = wasi(args=("program",), env=("A=B",), stdin=b"text")
    program.put(8, "II", OUTSIDE, 8)
    assert program(name, *args) == Errno.FAULT
    assert program.wrote == []
    without = wasi(args=("program",), env=("A=B",), stdin=b"text")
    without.instance.memories.clear()
    assert without(name, *args) == Errno.FAULT
    without.started = False
    assert without(name, *args) == Errno.FAULT


@given(st.sampled_from([*FUNCTIONS.values()]), st.data())
def test_nothing_breaks_them(wasi: Make, row: Row, data: st.DataObject) -> None:
    program = wasi(args=("program", "x"), env=("A=B",), stdin=b"text")
    program.memory.data[:512] = data.draw(st.binary(min_size=512, max_size=512))
    program.context.cancel()
    near = st.integers(0, 600) | st.integers(65000, 66000) | st.integers(0, (1 << 32) - 1)
    args = [data.draw(near) for _ in row.params]
    with contextlib.suppress(Interrupted, Exited):
        assert program(row.name, *args) in list(Errno)
