"""The functions of WASI preview 1, with their types: all can be imported, some do something."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from harness.engine import HostFunction, Value
from harness.sandbox.wasi import clocks, environment, streams
from harness.sandbox.wasi.guest import Errno, Failure, Guest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from harness.sandbox.host import Call
    from harness.sandbox.wasi.guest import Program

MODULE = "wasi_snapshot_preview1"
"""The module name that programs import them from."""


class Row(NamedTuple):
    """One function."""

    name: str
    params: tuple[str, ...]
    body: Callable[..., None] | None
    """Takes a `Guest` and the arguments, unsigned, and raises `Failure`; None: not offered here."""

    @property
    def results(self) -> tuple[str, ...]:
        """An error number, but of what does not return."""
        return () if self.name == "proc_exit" else ("i32",)


def _row(name: str, params: str = "", body: Callable[..., None] | None = None) -> Row:
    return Row(name, tuple(params.split()), body)


FUNCTIONS: Mapping[str, Row] = {
    row.name: row
    for row in (
        _row("args_get", "i32 i32", environment.args_get),
        _row("args_sizes_get", "i32 i32", environment.args_sizes_get),
        _row("environ_get", "i32 i32", environment.environ_get),
        _row("environ_sizes_get", "i32 i32", environment.environ_sizes_get),
        _row("clock_res_get", "i32 i32", clocks.clock_res_get),
        _row("clock_time_get", "i32 i64 i32", clocks.clock_time_get),
        _row("fd_advise", "i32 i64 i64 i32"),
        _row("fd_allocate", "i32 i64 i64"),
        _row("fd_close", "i32", streams.fd_close),
        _row("fd_datasync", "i32"),
        _row("fd_fdstat_get", "i32 i32", streams.fd_fdstat_get),
        _row("fd_fdstat_set_flags", "i32 i32", streams.fd_fdstat_set_flags),
        _row("fd_fdstat_set_rights", "i32 i64 i64"),
        _row("fd_filestat_get", "i32 i32"),
        _row("fd_filestat_set_size", "i32 i64"),
        _row("fd_filestat_set_times", "i32 i64 i64 i32"),
        _row("fd_pread", "i32 i32 i32 i64 i32"),
        _row("fd_prestat_get", "i32 i32", streams.fd_prestat_get),
        _row("fd_prestat_dir_name", "i32 i32 i32", streams.fd_prestat_dir_name),
        _row("fd_pwrite", "i32 i32 i32 i64 i32"),
        _row("fd_read", "i32 i32 i32 i32", streams.fd_read),
        _row("fd_readdir", "i32 i32 i32 i64 i32"),
        _row("fd_renumber", "i32 i32"),
        _row("fd_seek", "i32 i64 i32 i32", streams.fd_seek),
        _row("fd_sync", "i32"),
        _row("fd_tell", "i32 i32", streams.fd_tell),
        _row("fd_write", "i32 i32 i32 i32", streams.fd_write),
        _row("path_create_directory", "i32 i32 i32"),
        _row("path_filestat_get", "i32 i32 i32 i32 i32"),
        _row("path_filestat_set_times", "i32 i32 i32 i32 i64 i64 i32"),
        _row("path_link", "i32 i32 i32 i32 i32 i32 i32"),
        _row("path_open", "i32 i32 i32 i32 i32 i64 i64 i32 i32"),
        _row("path_readlink", "i32 i32 i32 i32 i32 i32"),
        _row("path_remove_directory", "i32 i32 i32"),
        _row("path_rename", "i32 i32 i32 i32 i32 i32"),
        _row("path_symlink", "i32 i32 i32 i32 i32"),
        _row("path_unlink_file", "i32 i32 i32"),
        _row("poll_oneoff", "i32 i32 i32 i32", clocks.poll_oneoff),
        _row("proc_exit", "i32", environment.proc_exit),
        _row("proc_raise", "i32"),
        _row("random_get", "i32 i32", environment.random_get),
        _row("sched_yield", "", environment.sched_yield),
        _row("sock_accept", "i32 i32 i32"),
        _row("sock_recv", "i32 i32 i32 i32 i32 i32"),
        _row("sock_send", "i32 i32 i32 i32 i32"),
        _row("sock_shutdown", "i32 i32"),
    )
}


def functions(program: Program, current: Callable[[], Call]) -> Mapping[str, HostFunction]:
    """All of them, for an engine to import; `current` says what call is running."""
    return {row.name: _bound(row, program, current) for row in FUNCTIONS.values()}


def _bound(row: Row, program: Program, current: Callable[[], Call]) -> HostFunction:
    body = row.body

    def call(args: Sequence[Value]) -> Sequence[Value]:
        errno = Errno.NOSYS
        if body is not None:
            try:
                body(Guest(program, current()), *(arg.bits for arg in args))
                errno = Errno.SUCCESS
            except Failure as failure:
                errno = failure.errno
        return (Value("i32", errno),)

    return HostFunction(row.params, row.results, call)
