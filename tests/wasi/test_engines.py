"""Small programs on every engine: what they write, how they end, and that they can be interrupted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.assembler import assemble
from harness.context import Cause
from harness.engine import TrapKind, Unavailable
from harness.outcome import Exited, Interrupted, Returned, Trapped, Unlinkable
from harness.registry import Choice
from harness.sandbox.protocol import Compile, Instantiate, Invoke, Limits, Wasi
from harness.sandbox.supervisor import Worker
from harness.sandbox.wasi.streams import LONGEST
from harness.sandbox.wasi.table import FUNCTIONS, MODULE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.outcome import Outcome
    from harness.sandbox.protocol import Command
    from harness.sandbox.supervisor import Job

ENGINES = ("interp", "compiler", "wasmtime-epoch", "wasmtime-fuel")
PATIENCE = 60.0
PLAIN = Wasi(MODULE)
"""A program that is given nothing."""
HELLO = """(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 16)
  (data (i32.const 0) "\\08\\00\\00\\00\\06\\00\\00\\00hello\\n")
  (func $hello
    (if (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 32)) (then (unreachable))))
  (func (export "_start") (call $hello) (call $exit (i32.const 3)) (call $hello))
  (func (export "return") (call $hello))
  (func (export "crash") (call $hello) (unreachable))
  (func (export "echo")
    (i32.store (i32.const 40) (i32.const 256))
    (i32.store (i32.const 44) (i32.const 100))
    (if (call $read (i32.const 0) (i32.const 40) (i32.const 1) (i32.const 44)) (then (unreachable)))
    (if (call $write (i32.const 2) (i32.const 40) (i32.const 1) (i32.const 48)) (then (unreachable))))
  (func (export "large")
    (i32.store (i32.const 44) (i32.const 1048576))
    (if (call $write (i32.const 1) (i32.const 40) (i32.const 1) (i32.const 48)) (then (unreachable))))
  (func (export "flood") (loop (call $hello) (br 0)))
  (func (export "spin") (call $hello) (loop (br 0)))
  (func (export "sleep")
    (call $hello)
    (i32.store (i32.const 1016) (i32.const 1))
    (i64.store (i32.const 1024) (i64.const 3600_000_000_000))
    (drop (call $poll (i32.const 1000) (i32.const 2000) (i32.const 1) (i32.const 3000)))
    (call $hello)))"""
EVERYTHING = "\n".join(
    f'(import "{MODULE}" "{row.name}" (func (param {" ".join(row.params)}) (result {" ".join(row.results)})))'
    for row in FUNCTIONS.values()
)


class Program:
    """It runs in a worker; what it writes is kept."""

    def __init__(self, worker: Worker, text: str) -> None:
        self._worker = worker
        self._binary = assemble(text, first="in-process").binary
        self.written = {1: b"", 2: b""}

    def prepare(self, wasi: Wasi) -> Outcome:
        """Compile it and make an instance."""
        commands: tuple[Command, ...] = (wasi, Compile("m", self._binary), Instantiate("i", "m"))
        return [report.outcome for report in self._worker.run(commands, patience=PATIENCE)][-1]

    def start(self, export: str, wasi: Wasi, limits: Limits | None) -> Job:
        """Begin a call."""
        assert self.prepare(wasi) == Returned()
        return self._worker.submit([Invoke("i", export, (), limits)], self._wrote)

    def __call__(self, export: str = "_start", wasi: Wasi = PLAIN, limits: Limits | None = None) -> Outcome:
        """What comes of a call."""
        (report,) = self.start(export, wasi, limits).reports(patience=PATIENCE)
        return report.outcome

    def _wrote(self, stream: int, data: bytes) -> None:
        self.written[stream] += data


@pytest.fixture(scope="module", params=ENGINES)
def worker(request: pytest.FixtureRequest) -> Iterator[Worker]:
    try:
        worker = Worker(Choice(request.param, interruptible=True))
    except Unavailable as reason:
        pytest.skip(str(reason))
    with worker:
        yield worker


@pytest.fixture
def program(worker: Worker) -> Program:
    return Program(worker, HELLO)


def test_it_exits(program: Program) -> None:
    assert program() == Exited(3)
    assert program.written == {1: b"hello\n", 2: b""}


def test_it_returns_or_traps_after_writing(program: Program) -> None:
    assert program("return") == Returned()
    crashed = program("crash")
    assert isinstance(crashed, Trapped)
    assert crashed.kind is TrapKind.UNREACHABLE
    assert program.written == {1: b"hello\n" * 2, 2: b""}


@pytest.mark.parametrize("text", [b"", b"text", bytes(range(100))])
def test_it_reads(program: Program, text: bytes) -> None:
    assert program("echo", Wasi(MODULE, stdin=text)) == Returned()
    assert program.written == {1: b"", 2: text}


def test_it_writes_much_at_once(program: Program) -> None:
    assert program("large") == Returned()
    assert len(program.written[1]) == LONGEST


@pytest.mark.parametrize("export", ["sleep", "spin", "flood"])
def test_a_deadline_interrupts_it(program: Program, export: str) -> None:
    assert program(export, limits=Limits(timeout=100_000_000)) == Interrupted(Cause.DEADLINE)
    assert program.written[1].startswith(b"hello\n")
    assert export == "flood" or program.written[1] == b"hello\n"


@pytest.mark.parametrize("export", ["sleep", "spin", "flood"])
def test_cancelling_interrupts_it(program: Program, export: str) -> None:
    job = program.start(export, PLAIN, Limits())
    assert job.started(0, PATIENCE) is not None
    job.cancel()
    (report,) = job.reports(patience=PATIENCE)
    assert report.outcome == Interrupted(Cause.CANCELLED)


def test_closing_its_instance_interrupts_it(worker: Worker, program: Program) -> None:
    job = program.start("sleep", PLAIN, Limits())
    assert job.started(0, PATIENCE) is not None
    worker.close_instance("i")
    (report,) = job.reports(patience=PATIENCE)
    assert report.outcome == Interrupted(Cause.CLOSED)


def test_everything_can_be_imported(worker: Worker) -> None:
    assert Program(worker, f"(module {EVERYTHING})").prepare(PLAIN) == Returned()


def test_by_another_type_nothing_can(worker: Worker) -> None:
    text = f'(module (import "{MODULE}" "sched_yield" (func (result i64))))'
    assert isinstance(Program(worker, text).prepare(PLAIN), Unlinkable)


def test_a_start_function_has_no_memory_to_point_into_yet(worker: Worker) -> None:
    text = f"""(module
      (import "{MODULE}" "random_get" (func $random (param i32 i32) (result i32)))
      (import "{MODULE}" "proc_exit" (func $exit (param i32)))
      (memory (export "memory") 1)
      (start $start)
      (func $start (call $exit (call $random (i32.const 0) (i32.const 1)))))"""
    assert Program(worker, text).prepare(PLAIN) == Exited(21)
