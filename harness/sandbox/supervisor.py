"""Runs an engine in a process of its own, and stays in charge of it.

Whatever the process does, every command gets exactly one `Report`, in order: what the engine answered, or
that it hung, crashed, or broke the protocol, or that it never came to run. Nothing inside the process is
trusted: neither its clock nor its threads nor that what it writes makes sense.
"""

from __future__ import annotations

import errno
import itertools
import threading
import time
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from harness.announce import announced
from harness.engine import Unavailable
from harness.outcome import Crashed, Garbled, Hung, NotRun
from harness.registry import UnknownEngine, program
from harness.sandbox import consistency, protocol
from harness.sandbox.process import LOOK, Child

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import TracebackType

    from harness.outcome import Outcome
    from harness.registry import Choice

LONGEST_REPLY = 1 << 20
"""Bytes a reply may have; one that goes on without an end is garbage."""
STARTUP = 60.0
"""Seconds that an engine may take to say what it is."""
BUILDING = 1800.0
"""Seconds that building an engine may take: a large one, on a small machine."""
_NO_PROGRAM = frozenset(
    [
        errno.ENOENT,
        errno.EACCES,
        errno.EPERM,
        errno.ENOEXEC,
        errno.ENOTDIR,
        errno.EISDIR,
        errno.ELOOP,
        errno.ENAMETOOLONG,
        errno.ETXTBSY,
        errno.E2BIG,
    ]
)
"""What the operating system says where a program cannot be run; anything else is not the program's doing."""
_SHOWN = 200
"""Bytes of a line of garbage that are passed on."""
_LAST_GASP = 1.0
"""Seconds between the end of a worker's output and its own, if nobody told it to end."""


class WorkerError(Exception):
    """No worker could be started; the message is one line that says why."""


class Shortage(OSError):
    """No process could be started, and that is not the engine's doing; `strerror` says in one line why."""


class NotBuilt(Unavailable):
    """The engine can be had here, but has to be built first; the message says by what."""


class Report(NamedTuple):
    """What came of one command. Times are CLOCK_MONOTONIC nanoseconds."""

    index: int  # type: ignore[assignment]  # of the command, and no longer the method of a tuple
    outcome: Outcome
    started: int | None
    """When it began, as the worker says; None if it did not say."""
    ended: int | None
    """When it was over, as the worker says; None if it never was."""
    done: int | None
    """When its context was done: at its deadline, or at a cancel, as the worker says; None if it was not."""
    received: int
    """When the supervisor knew."""


class Exit(NamedTuple):
    """How a worker ended."""

    by_itself: bool
    """Whether nobody had to kill it."""
    status: int
    """Exit status; a signal is its negative number."""
    seconds: float
    """From being told to end until it had."""
    message: str
    """The last of what it wrote to standard error."""


class _End(NamedTuple):
    """Why a worker takes no more commands."""

    outcome: Outcome
    """Of the command that was running."""
    culprit: Job | None
    """The job it was running in; None if that cannot be told, so that it may have been any."""
    at: int


class Worker:
    """One worker process; a context manager that leaves no process behind.

    Any thread may cancel, close an instance, or kill, while another waits for reports.
    """

    welcome: protocol.Welcome
    """What the engine says of itself."""

    def __init__(
        self, choice: Choice, *, greet: bool = True, startup: float = STARTUP, building: float = BUILDING
    ) -> None:
        """Start an engine and wait until it says what it is; raises what `greet` raises, and `Shortage`.

        Without `greet` it starts by itself, and whoever needs it calls `greet` before anything else.
        """
        self._choice = choice
        self._jobs: dict[int, Job] = {}
        self._ids = itertools.count(1)
        self._end: _End | None = None
        self._greeting: protocol.Welcome | protocol.Unavailable | None = None
        self._building: str | None = None
        self._partial = b""
        self._reading = threading.RLock()
        self._ending = threading.Lock()
        self._closing = False
        try:
            self._child = Child(*program(choice.engine))
        except UnknownEngine as error:
            raise WorkerError(str(error)) from None
        except OSError as error:
            if error.errno not in _NO_PROGRAM:
                why = f"no process can be started, which says nothing of the engine: {error.strerror}"
                raise Shortage(error.errno, why) from None
            raise WorkerError(f"cannot start {choice.engine!r}: {error}") from None
        self._send(protocol.Hello(interruptible=choice.interruptible, features=choice.features))
        if greet:
            self.greet(startup=startup, building=building)

    def greet(self, *, startup: float = STARTUP, building: float = BUILDING) -> None:
        """Wait, at most `startup` seconds from now, until it says what it is; one that does not is ended.

        One that says that it is being built may take `building` seconds more; with 0 it is not built.
        Raises `harness.engine.Unavailable` if it says that it cannot work here, `NotBuilt` if it would have
        to be built, `WorkerError` if it says nothing that makes sense, or else than in an earlier process.
        """
        try:
            self.welcome = self._greeted(startup, building)
            contradiction = consistency.contradiction(self._choice, self.welcome)
            if contradiction is not None:
                raise WorkerError(f"{self._choice.engine!r} contradicts itself: {contradiction}")
        except BaseException:
            self.kill()
            raise

    @property
    def alive(self) -> bool:
        """Whether it can be given more to do."""
        self._wait(lambda: False, 0)
        return self._end is None

    @property
    def ended(self) -> bool:
        """Whether its end has come to light; unlike `alive`, this does not look."""
        return self._end is not None

    @property
    def fault(self) -> Crashed | Garbled | None:
        """How it ended by itself or broke the protocol; None if it did neither."""
        self._wait(lambda: False, 0)
        outcome = None if self._end is None else self._end.outcome
        return outcome if isinstance(outcome, Crashed | Garbled) else None

    def idled(self) -> bool:
        """Whether it can be given more to do, after a while in which nobody asked anything of it.

        Raises `WorkerError` if it ended by itself meanwhile, or broke the protocol: there is no command whose
        outcome that could be. An end that had come to light before is no news, and not raised.
        """
        fault = None if self.ended else self.fault
        if fault is not None:
            raise WorkerError(f"after its last case, with nothing to do, its process failed: {_words(fault)}")
        return not self.ended

    def run(self, commands: Sequence[protocol.Command], *, patience: float) -> Iterator[Report]:
        """Run commands in order; one report for every one of them, always.

        `patience` is how many seconds a single command may take before the worker is killed for it.
        """
        return self.submit(commands).reports(patience=patience)

    def submit(
        self, commands: Sequence[protocol.Command], wrote: Callable[[int, bytes], object] | None = None
    ) -> Job:
        """Send commands and do not wait: several jobs run beside each other, each in order.

        `wrote` is told what guests write, as they do, by whichever thread waits for the worker: the stream, 1
        is standard output, 2 standard error, and the bytes. What it does not keep is gone.
        """
        job = Job(self, next(self._ids), tuple(commands), wrote)
        if job.commands and self.alive:
            job.sent = time.monotonic_ns()
            self._jobs[job.id] = job
            self._send(protocol.Script(job.id, job.commands))
        return job

    def close_instance(self, instance: str) -> None:
        """Close an instance, beside whatever runs in it."""
        self._send(protocol.CloseInstance(instance))

    def cpu_time(self) -> float:
        """Seconds of processor time of the worker and all it started, from the operating system.

        Raises ProcessLookupError when it has ended, as do the four that follow.
        """
        return self._child.processor_time()

    def threads(self) -> int:
        """Threads of the worker and all it started."""
        return self._child.threads()

    def descriptors(self) -> int:
        """Open file descriptors of the worker and all it started."""
        return self._child.descriptors()

    def resident(self) -> int:
        """Bytes of the worker and all it started that are in RAM."""
        return self._child.resident()

    def timers(self) -> int | None:
        """POSIX timers of the worker and all it started; None where the operating system does not tell."""
        return self._child.timers()

    def kill(self) -> None:
        """End it at once, with all it started; what was running counts as not run."""
        self._finish(NotRun("the worker was killed"), None)

    def close(self, *, grace: float = 5.0) -> Exit:
        """Tell it to end, wait for at most `grace` seconds, and kill it if it has not."""
        since = time.monotonic()
        self._wait(lambda: False, 0)  # if it has ended already, nobody had told it to
        self._closing = True
        self._child.send(protocol.encode(protocol.Shutdown()) + b"\n", last=True)
        self._wait(lambda: False, grace)
        by_itself = self._child.status is not None
        self._finish(NotRun("the worker was told to end"), None)
        return Exit(by_itself, self._child.kill(), time.monotonic() - since, self._child.said)

    def __enter__(self) -> Worker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.close()
        else:
            self.kill()

    def _greeted(self, startup: float, building: float) -> protocol.Welcome:
        self._wait(lambda: (self._greeting or self._building) is not None, startup)
        if self._greeting is None and self._building is not None:
            if building <= 0:
                raise NotBuilt(self._building)
            with announced(self._building):
                self._wait(lambda: self._greeting is not None, building)
        match self._end and self._end.outcome, self._greeting:
            case _, protocol.Unavailable() as unavailable:
                raise Unavailable(unavailable.reason)
            case Crashed() as crashed, _:
                (why,) = crashed.message.splitlines()[-1:] or [f"it ended with status {crashed.status}"]
            case Garbled() as garbled, _:
                why = f"{garbled.message}: {garbled.line}"
            case _, protocol.Welcome() as welcome if welcome.version == protocol.VERSION:
                return welcome
            case _, protocol.Welcome() as welcome:
                why = f"it speaks version {welcome.version} of the protocol, not {protocol.VERSION}"
            case _ if self._building is not None:
                why = f"`{self._building}` has not come to an end for {building:g} s"
            case _:
                why = f"it said nothing for {startup:g} s"
        raise WorkerError(f"cannot start {self._choice.engine!r}: {why}")

    def _send(self, request: protocol.Request) -> None:
        self._child.send(protocol.encode(request) + b"\n")

    def _wait(self, ready: Callable[[], bool], seconds: float) -> bool:
        """Receive until `ready` or the end of the worker or of the time; at least once; whether `ready`."""
        until = time.monotonic() + seconds
        left = seconds
        while not ready() and self._end is None and left >= 0:
            if self._reading.acquire(timeout=min(left, LOOK)):  # who receives may receive what we wait for
                try:
                    if not ready() and self._end is None:
                        self._receive(left)
                finally:
                    self._reading.release()
            left = until - time.monotonic()
        return ready()

    def _receive(self, seconds: float) -> None:
        chunk = self._child.receive(seconds)
        received = time.monotonic_ns()
        if chunk is None:
            self._ended(seconds)
            return
        *lines, self._partial = (self._partial + chunk).split(b"\n")
        for line in lines:
            self._take(line, received)
        if len(self._partial) > LONGEST_REPLY:
            self._garbled(self._partial, f"a line of more than {LONGEST_REPLY} bytes", None)

    def _take(self, line: bytes, received: int) -> None:
        if self._end is not None:
            return
        try:
            reply = protocol.decode_reply.decode(line)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            self._garbled(line, str(error), None)
            return
        job = None
        match reply:
            case protocol.Building():
                wrong = "built after the greeting" if self._greeting else None
                self._building = reply.what
            case protocol.Welcome() | protocol.Unavailable():
                wrong = "a second greeting" if self._greeting else None
                self._greeting = reply
            case protocol.Started() | protocol.Wrote() | protocol.Result():
                job = self._jobs.get(reply.id)
                wrong = f"no script {reply.id} is running" if job is None else job.take(reply, received)
                if job is not None and job.complete:
                    del self._jobs[reply.id]
        if wrong is not None:
            self._garbled(line, wrong, job)

    def _ended(self, seconds: float) -> None:
        """Its output has ended. Told to end, it may take its time, of which `seconds` are left."""
        status = self._child.wait(min(seconds, LOOK) if self._closing else _LAST_GASP)
        if self._closing and status is None:
            return
        if self._closing:
            self._finish(NotRun("the worker was told to end"), None)
        elif status is None:
            self._garbled(self._partial, "its output has ended, but it runs on", None)
        elif self._partial:
            self._garbled(self._partial, f"it ended with status {status} in the middle of a line", None)
        else:
            self._child.close()
            self._finish(Crashed(status, self._child.said), None)

    def _garbled(self, line: bytes, message: str, culprit: Job | None) -> None:
        self._finish(Garbled(line[:_SHOWN].decode(errors="backslashreplace"), message), culprit)

    def _hung(self, job: Job, patience: float) -> None:
        self._finish(Hung(patience), job)

    def _finish(self, outcome: Outcome, culprit: Job | None) -> None:
        """Kill what is left of the process; the first reason for it stays."""
        with self._ending:
            if self._end is None:
                self._end = _End(outcome, culprit, time.monotonic_ns())
        self._child.kill()  # before waiting for a thread that receives: it sees the end and lets go
        with self._reading:
            self._child.close()


class Job:
    """Commands that a worker runs in order; made by `Worker.submit`."""

    def __init__(
        self,
        worker: Worker,
        id: int,
        commands: tuple[protocol.Command, ...],
        wrote: Callable[[int, bytes], object] | None,
    ) -> None:
        self.id = id
        self.commands = commands
        self.sent: int | None = None
        """CLOCK_MONOTONIC nanoseconds just before sending; None when there was no worker to send them to."""
        self._worker = worker
        self._wrote = wrote
        self._started: dict[int, int] = {}
        self._reports: list[Report] = []

    @property
    def complete(self) -> bool:
        """Whether every command has been answered."""
        return len(self._reports) == len(self.commands)

    def started(self, index: int, timeout: float) -> int | None:
        """When a command with limits began, as the worker says; None if not within `timeout` seconds."""
        self._worker._wait(lambda: index in self._started or self._answered(index), timeout)
        return self._started.get(index)

    def wait(self, timeout: float) -> bool:
        """Whether every command has been answered, at the latest `timeout` seconds from now."""
        return self._worker._wait(lambda: self.complete, timeout)

    def reports(self, *, patience: float) -> Iterator[Report]:
        """One report for every command, in order; see `Worker.run`."""
        for index in range(len(self.commands)):
            if not self._worker._wait(partial(self._answered, index), patience) and self._worker._end is None:
                self._worker._hung(self, patience)
            yield self._reports[index] if self._answered(index) else self._missing(index)

    def cancel(self) -> int:
        """Cancel what runs now, if it has limits; CLOCK_MONOTONIC nanoseconds just before saying so."""
        at = time.monotonic_ns()
        self._worker._send(protocol.Cancel(self.id))
        return at

    def take(self, reply: protocol.Started | protocol.Wrote | protocol.Result, received: int) -> str | None:
        """Note what the worker says of this job; what is wrong with it, if anything is."""
        if isinstance(reply, protocol.Wrote):
            if self._wrote is not None:
                self._wrote(reply.stream, reply.data)
            return None
        index = len(self._reports)
        if self.complete or reply.index != index:
            return f"expected command {index}, not {reply.index}"
        assert self.sent is not None
        before = self._reports[-1].ended if self._reports else None
        earliest = before or self.sent
        limits = getattr(self.commands[index], "limits", None)
        if isinstance(reply, protocol.Started):
            if limits is None or index in self._started:
                return f"command {index} does not announce itself" + (" twice" if limits else "")
            if not earliest <= reply.at <= received:
                return f"started at {reply.at}, outside {earliest} to {received}"
            self._started[index] = reply.at
            return None
        if limits is not None and self._started.get(index) != reply.started:
            return f"command {index} was not announced as started at {reply.started}"
        if not earliest <= reply.started <= reply.ended <= received:
            return f"{reply.started} to {reply.ended} is not within {earliest} to {received}"
        if reply.done is not None and not reply.done <= received:
            return f"done at {reply.done}, after {received}"
        done = _due(reply, limits)
        self._reports.append(Report(index, reply.outcome, reply.started, reply.ended, done, received))
        return None

    def _answered(self, index: int) -> bool:
        return len(self._reports) > index

    def _missing(self, index: int) -> Report:
        """Of a command that the worker did not live to answer."""
        end = self._worker._end
        assert end is not None
        running = index == len(self._reports) and self.sent is not None and end.culprit in (None, self)
        outcome = end.outcome if running else NotRun(f"the worker had ended before: {_words(end.outcome)}")
        return Report(index, outcome, self._started.get(index), None, None, end.at)


def _due(result: protocol.Result, limits: protocol.Limits | None) -> int | None:
    """When the context became due: no later than its deadline, whether or not the worker noticed."""
    if limits is None or limits.timeout is None:
        return result.done
    deadline = result.started + limits.timeout
    if result.done is not None:
        return min(result.done, deadline)
    return deadline if deadline <= result.ended else None


def _words(outcome: Outcome) -> str:
    match outcome:
        case Crashed():
            return f"it ended with status {outcome.status}"
        case Hung():
            return f"no answer for {outcome.after:g} s"
        case Garbled() | NotRun():
            return outcome.message
    return str(outcome)
