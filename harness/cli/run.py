"""``stopwat run``: one call, or a whole program, under a deadline, with cancellation on or off."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple, NoReturn

import click

from harness.cli.params import DURATION, ENGINE
from harness.cli.problem import Problem

if TYPE_CHECKING:
    from harness.cli.guest import Call, Guest
    from harness.registry import Choice
    from harness.sandbox.protocol import Command, Wasi
    from harness.sandbox.supervisor import Report, Worker

RETURNED, TRAPPED, UNUSABLE, INTERRUPTED, RAN_ON, BROKEN = range(6)
"""Exit statuses."""
_OF_PROGRAM = 120
"""What is added to them where they are not to be mistaken for a program's own."""
_PREPARATION = 60.0
"""Seconds that compiling may take, and instantiating if that is not what is asked for."""
_LARGEST = 255
"""Exit status of a process."""
_FOREVER = 1e8
"""Seconds; three years."""


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("args", nargs=-1)
@click.option("--invoke", metavar="NAME", help="Export to call.")
@click.option("--engine", type=ENGINE, default="compiler", show_default=True, help="See `stopwat engines`.")
@click.option("--timeout", type=DURATION, help="Deadline of the call, such as 1s or 50ms.")
@click.option("--interruptible", is_flag=True, help="Switch cancellation on; as in most engines it is off.")
@click.option(
    "--grace",
    type=DURATION,
    default="2s",
    show_default=True,
    help="How long a call may run on after its deadline before it is stopped from outside.",
)
@click.option("--env", multiple=True, metavar="NAME=VALUE", help="Of the environment of a program.")
@click.option("--stdin", type=click.File("rb"), help="What a program can read; - is what we can.")
def command(
    file: Path,
    args: tuple[str, ...],
    invoke: str | None,
    engine: str,
    timeout: int | None,
    interruptible: bool,
    grace: int,
    env: tuple[str, ...],
    stdin: IO[bytes] | None,
) -> None:
    """Call an export of FILE, in text or binary format, with ARGS, or run it as a program.

    A fixture of stopwat says itself what to invoke, unless told otherwise. A command of WASI (it exports
    `_start`) is run with ARGS as its own; put -- before those that begin with a hyphen. It has no files. Any
    other module is only instantiated.

    \b
    Exit status:
      0  it returned, or ended itself
      1  it trapped
      2  it could not be run: the file, the arguments or the engine are not right
      3  it was interrupted
      4  it ran on past its deadline, and had to be stopped from outside
      5  the engine crashed or broke
    A program that ends by itself hands on its own exit status. If it does not, one line on standard error
    says why, and the exit status is 120 more: 121 it trapped, ... 123 it was interrupted.
    """
    from harness.cli import guest
    from harness.registry import Choice
    from harness.sandbox.protocol import Wasi
    from harness.sandbox.wasi.table import MODULE

    module = guest.read(file)
    program = invoke is None and module.is_program
    if program:
        call: Call | None = guest.Call(guest.START, ())
    else:
        for text in args:
            if text.startswith("-") and not guest.is_number(text):
                raise click.NoSuchOption(text, ctx=click.get_current_context())
        call = module.call(invoke, args)
    own = (file.name, *args) if program else (file.name,)
    wasi = Wasi(MODULE, own, env, stdin.read() if stdin is not None else b"")
    run = _run(module, call, wasi, Choice(engine, interruptible=interruptible), timeout, grace)
    if program:
        _end(run, interruptible)
    line, status = _tell(run, interruptible)
    if status == UNUSABLE:
        raise Problem(line)
    print(line)
    raise SystemExit(status)


class _Run(NamedTuple):
    report: Report
    timeout: int | None
    late: int | None
    """Nanoseconds after the deadline; None if there was none, or it was not reached."""


def _run(
    module: Guest, call: Call | None, wasi: Wasi, choice: Choice, timeout: int | None, grace: int
) -> _Run:
    from harness.engine import Unavailable
    from harness.sandbox import protocol
    from harness.sandbox.supervisor import Worker, WorkerError

    try:
        with Worker(choice) as worker:
            limits = protocol.Limits(timeout=timeout) if timeout is not None else None
            *preparation, last = module.commands(limits if call is None else None, wasi)
            if call is not None:
                preparation.append(last)
                last = protocol.Invoke(module.instance, call.name, call.args, limits)
            return _in_worker(worker, preparation, last, timeout, grace)
    except (Unavailable, WorkerError) as error:
        raise Problem(str(error)) from error


def _in_worker(
    worker: Worker, preparation: list[Command], last: Command, timeout: int | None, grace: int
) -> _Run:
    from harness.outcome import Returned

    for report in worker.submit(preparation, _write).reports(patience=_PREPARATION):
        if not isinstance(report.outcome, Returned):
            return _Run(report, None, None)
    patience = (max(timeout, 0) + grace) / 1e9 if timeout is not None else _FOREVER
    sent = time.monotonic_ns()
    (report,) = worker.submit([last], _write).reports(patience=patience)
    if timeout is None:
        return _Run(report, None, None)
    ended = report.ended if report.ended is not None else report.received
    begun = report.started if report.started is not None else sent
    late = ended - (begun + timeout)
    return _Run(report, timeout, late if late >= 0 else None)


def _write(stream: int, data: bytes) -> None:
    """Hand on what the guest writes, as it does."""
    into = sys.stdout.buffer if stream == 1 else sys.stderr.buffer
    into.write(data)
    into.flush()


def _end(run: _Run, interruptible: bool) -> NoReturn:
    """End as the program did."""
    from harness.outcome import Exited, Returned

    match run.report.outcome:
        case Returned():
            raise SystemExit(0)
        case Exited(status):
            raise SystemExit(min(status, _LARGEST))
    line, status = _tell(run, interruptible)
    raise Problem(line, _OF_PROGRAM + status)


def _tell(run: _Run, interruptible: bool) -> tuple[str, int]:
    """What became of the call, in one line, and the exit status."""
    from harness import outcome
    from harness.cli import guest
    from harness.duration import show
    from harness.summary import first_line

    when = ""
    if run.timeout is not None and run.late is not None:
        due = f"the deadline of {show(run.timeout)}" if run.timeout > 0 else "the deadline"
        when = f", {show(run.late)} after {due}"
    match run.report.outcome:
        case outcome.Returned(values):
            said = " ".join(guest.show(number) for number in values) or "returned"
            return said + (f" (returned{when})" if when and values else when), RETURNED
        case outcome.Trapped() as trap:
            return f"trapped: {first_line(trap.message) or trap.kind.value}{when}", TRAPPED
        case outcome.Exhausted():
            return f"trapped: call stack exhausted{when}", TRAPPED
        case outcome.Uncaught():
            return f"trapped: an exception was not caught{when}", TRAPPED
        case outcome.Exited(status):
            return f"exited with status {status}{when}", RETURNED
        case outcome.Interrupted(cause):
            return f"interrupted: {cause.value}{when}", INTERRUPTED
        case outcome.Hung() if run.timeout is None:
            return "not prepared in time, and stopped from outside", BROKEN
        case outcome.Hung():
            switch = "on" if interruptible else "off, --interruptible switches it on"
            return f"runs on{when}: stopped from outside (cancellation is {switch})", RAN_ON
        case (
            outcome.Malformed() | outcome.Invalid() | outcome.Unlinkable() | outcome.Unsupported() as refusal
        ):
            return f"{type(refusal).__name__.lower()}: {refusal.message}", UNUSABLE
        case outcome.Crashed() as crash:
            how = f"signal {-crash.status}" if crash.status < 0 else f"exit status {crash.status}"
            said = f": {crash.message.strip().splitlines()[-1]}" if crash.message.strip() else ""
            return f"the engine crashed: {how}{said}", BROKEN
        case outcome.Failed() | outcome.Garbled() | outcome.NotRun() as failure:
            return f"the engine broke: {failure.message}", BROKEN
