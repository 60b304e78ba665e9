"""Child processes that do not outlive us, and what the operating system knows of them.

Every child leads a process group of its own, in a session of its own, so that Ctrl-C in a terminal reaches
only the harness, and one signal ends the child with everything it started. What has left the group, by
calling setsid, is known by a mark in its environment; only what clears that too gets away. However the
harness itself ends, also by SIGKILL, a *keeper* then kills the groups that are left: a few lines of shell
that wait for the end of a pipe. It looks for no marks.

All this is POSIX, the same on Linux and macOS. Linux's parent-death signal is not used: it comes as soon as
the *thread* that started the child ends.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import secrets
import select
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import FrameType

TAIL = 8192
"""Bytes of standard error that are kept: the last."""
_CHUNK = 1 << 16
_SHOWS_TIMERS = Path("/proc/self/timers").exists()
_MARK = "STOPWAT_CHILD"
"""In the environment of a child, and of all it starts: which child it is."""
_SWEEPS = 10
"""How often what has left the group is looked for: it may start more meanwhile, but not for ever."""
LOOK = 0.1
"""Seconds between looks at whether a silent child still runs."""


class Child:
    """A process that is written to and read from without ever blocking.

    One thread at a time may receive; any thread may send or kill meanwhile.
    """

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str]) -> None:
        """Start a program, with `environment` in addition to ours; raises OSError if that cannot be."""
        _keeper.start()
        self._mark = secrets.token_hex(8)
        self._process = subprocess.Popen(
            arguments,
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            env={**os.environ, **environment, _MARK: self._mark},
        )
        self.pid = self._process.pid
        _keeper.keep(self.pid)
        self._pipes = [
            pipe
            for pipe in (self._process.stdin, self._process.stdout, self._process.stderr)
            if pipe is not None
        ]
        self._stdin, self._stdout, self._stderr = (pipe.fileno() for pipe in self._pipes)
        self._poll = select.poll()
        for descriptor in (self._stdin, self._stdout, self._stderr):
            os.set_blocking(descriptor, False)
        for descriptor in (self._stdout, self._stderr):
            self._poll.register(descriptor, select.POLLIN)
        self._tail = bytearray()
        self._unsent = bytearray()
        self._last = False
        self._writing = threading.Lock()
        self._killing = threading.Lock()
        self._over = False

    def send(self, data: bytes, *, last: bool = False) -> None:
        """Write to its standard input, now or while receiving; the input ends after what is `last`.

        A child that does not listen any more is not an error here; it shows when receiving.
        """
        with self._writing:
            if not self._last:
                self._unsent += data
                self._last = last
                self._write()

    def receive(self, seconds: float) -> bytes | None:
        """What it writes to its standard output, as soon as there is something.

        Empty when nothing came within `seconds`, or only to standard error; None when nothing more will come.
        """
        pending = bool(self._unsent)
        if pending:
            self._poll.register(self._stdin, select.POLLOUT)
        ready = [descriptor for descriptor, _ in self._poll.poll(min(seconds, LOOK) * 1000)]
        if pending:
            self._poll.unregister(self._stdin)
            with self._writing:
                self._write()
        if self._stderr in ready and not self._read_stderr():
            self._poll.unregister(self._stderr)
        if self._stdout in ready:
            return os.read(self._stdout, _CHUNK) or None
        if self.status is not None:  # descendants that have left the group may hold its output open
            with contextlib.suppress(BlockingIOError):
                return os.read(self._stdout, _CHUNK) or None
            return None
        return b""

    @property
    def status(self) -> int | None:
        """Exit status, or the negative number of a signal; None while it runs."""
        status = self._process.poll()
        if status is not None:
            self.kill()
        return status

    @property
    def said(self) -> str:
        """The last of what it wrote to standard error."""
        return self._tail[-TAIL:].decode(errors="backslashreplace").strip()

    def wait(self, seconds: float) -> int | None:
        """Its status, as soon as it has one; None when it still runs after `seconds`."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        return self.status

    def kill(self) -> int:
        """End the process and all it started, and reap it, unless that has happened already; its status."""
        with self._killing:
            if not self._over:
                # PermissionError is what macOS says of a group in which all are dead
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(self.pid, signal.SIGKILL)
                self._process.wait()
                self._sweep()
                _keeper.forget(self.pid)
                self._over = True
        return self._process.returncode

    def close(self) -> None:
        """Kill it and give back the pipes; nothing may be received meanwhile."""
        self.kill()
        with self._writing:
            self._last = True
            self._unsent.clear()
            if not self._pipes[2].closed:
                self._read_stderr()
            for pipe in self._pipes:
                pipe.close()

    def processor_time(self) -> float:
        """Seconds of processor time that the process and all it started have used."""
        return self._sum(_processor_time)

    def threads(self) -> int:
        """Threads of the process and all it started."""
        return round(self._sum(psutil.Process.num_threads))

    def descriptors(self) -> int:
        """Open file descriptors of the process and all it started."""
        return round(self._sum(psutil.Process.num_fds))

    def resident(self) -> int:
        """Bytes of memory that the process and all it started have in RAM."""
        return round(self._sum(lambda process: process.memory_info().rss))

    def timers(self) -> int | None:
        """POSIX timers of the process and all it started; None where the system does not show them."""
        if not _SHOWS_TIMERS:
            return None
        return round(self._sum(_timers))

    def _write(self) -> None:
        try:
            while self._unsent:
                del self._unsent[: os.write(self._stdin, self._unsent)]
        except BlockingIOError:
            return
        except BrokenPipeError:
            self._unsent.clear()
        if self._last:
            self._pipes[0].close()

    def _read_stderr(self) -> bool:
        """Take what is there; whether more may come."""
        try:
            while chunk := os.read(self._stderr, _CHUNK):
                self._tail += chunk
                del self._tail[:-TAIL]
        except BlockingIOError:
            return True
        return False

    def _sum(self, measure: Callable[[psutil.Process], float]) -> float:
        """Over the process and all it started; raises ProcessLookupError when it has ended."""
        try:
            process = psutil.Process(self.pid)
            total = measure(process)
            descendants = {descendant.pid for descendant in process.children(recursive=True)}
        except psutil.NoSuchProcess:
            raise ProcessLookupError(f"process {self.pid} has ended") from None
        for pid in (descendants | self._group() | self._marked()) - {self.pid}:
            with contextlib.suppress(psutil.NoSuchProcess):
                total += measure(psutil.Process(pid))
        return total

    def _group(self) -> set[int]:
        """The processes in its group, also those that have lost their parent."""
        group = set()
        for pid in psutil.pids():
            with contextlib.suppress(OSError):  # it has ended, or is none of our business
                if os.getpgid(pid) == self.pid:
                    group.add(pid)
        return group

    def _marked(self) -> set[int]:
        """The processes with its mark, also those that have left the group; none that has ended."""
        marked = set()
        for pid in psutil.pids():
            with contextlib.suppress(psutil.Error, OSError):  # as above
                if _carries(pid, self._mark):
                    marked.add(pid)
        return marked

    def _sweep(self) -> None:
        """Kill what has left the group."""
        for _ in range(_SWEEPS):
            left = self._marked()
            if not left:
                return
            for pid in left:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL)


def _carries(pid: int, mark: str) -> bool:
    """Whether a process was started with a mark; raises OSError or psutil.Error if that cannot be known."""
    if sys.platform == "linux":  # a seventh of what it takes psutil, for there may be a thousand processes
        return mark.encode() in Path(f"/proc/{pid}/environ").read_bytes()
    return psutil.Process(pid).environ().get(_MARK) == mark


def _processor_time(process: psutil.Process) -> float:
    times = process.cpu_times()
    own: float = times.user + times.system
    if sys.platform == "linux":
        # To the nanosecond instead of the tick of 10 ms: the clock of another process (CPUCLOCK_SCHED).
        with contextlib.suppress(OSError):
            own = time.clock_gettime(~process.pid << 3 | 2)
    reaped: float = times.children_user + times.children_system
    return own + reaped


def _timers(process: psutil.Process) -> int:
    try:
        return Path(f"/proc/{process.pid}/timers").read_text(encoding="ascii").count("ID:")
    except OSError:
        raise psutil.NoSuchProcess(process.pid) from None


class _Keeper:
    """The process that outlives us for a moment, and kills the groups that are left."""

    SCRIPT = """
        groups=
        while read -r sign group; do
            kept=
            for other in $groups; do [ "$other" = "$group" ] || kept="$kept $other"; done
            groups=$kept
            [ "$sign" = + ] && groups="$groups $group"
        done
        for group in $groups; do kill -s KILL -- "-$group"; done
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0
        self._groups: set[int] = set()
        self._lock = threading.Lock()

    def start(self) -> None:
        """Be there before there is anything to keep."""
        with self._lock:
            if self._owner != os.getpid():  # after a fork: the children are the parent's
                self._groups = set()
            elif self._process is not None and self._process.poll() is None:
                return
            self._process = subprocess.Popen(
                ["/bin/sh", "-c", self.SCRIPT],
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
            self._owner = os.getpid()
            for group in self._groups:
                self._tell("+", group)

    def keep(self, group: int) -> None:
        with self._lock:
            self._groups.add(group)
            self._tell("+", group)

    def forget(self, group: int) -> None:
        with self._lock:
            if self._owner == os.getpid() and self._process is not None:
                self._groups.discard(group)
                self._tell("-", group)

    def end(self) -> None:
        """Our own end is near: let the keeper do its work, and wait until it has."""
        process, self._process = self._process, None
        if process is not None and self._owner == os.getpid():
            assert process.stdin is not None
            process.stdin.close()
            process.wait()

    def _tell(self, sign: str, group: int) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(f"{sign} {group}\n".encode())


_keeper = _Keeper()
atexit.register(_keeper.end)


def end_on_signals() -> None:
    """Let SIGTERM and SIGHUP end this program as Ctrl-C does: in order, with every ``finally`` run.

    For a program's own entry point, not for a library. The exit status is 128 and the number, as in a shell.
    What whoever started us wants ignored, as nohup does, stays so.
    """

    def end(number: int, _frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, end)
