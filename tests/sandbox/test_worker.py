"""What a worker does with honest engines: commands, contexts, several scripts at once, its own end."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import msgspec
import pytest

from harness import registry
from harness.context import Cause
from harness.engine import TrapKind
from harness.outcome import (
    Exhausted,
    Failed,
    Interrupted,
    Invalid,
    Malformed,
    NotRun,
    Number,
    Outcome,
    Returned,
    Trapped,
    Uncaught,
    Unlinkable,
)
from harness.sandbox import protocol
from harness.sandbox.protocol import (
    Close,
    Command,
    Compile,
    Drop,
    Get,
    Host,
    Instantiate,
    Invoke,
    Limits,
    ReadMemory,
    Register,
    Set,
    WriteMemory,
)
from harness.sandbox.worker import Commands

if TYPE_CHECKING:
    from harness.sandbox.supervisor import Worker

ENGINES = Path(__file__).resolve().parents[1] / "engines"
HONEST = f"{ENGINES}/honest.py:Honest"
NOW, FAR = Limits(timeout=0), Limits(timeout=3600 * 10**9)
DEADLINE, CANCELLED = Interrupted(Cause.DEADLINE), Interrupted(Cause.CANCELLED)


class Start(Protocol):
    def __call__(self, name: str, *, interruptible: bool = ...) -> Worker: ...


def run(worker: Worker, *commands: Command) -> list[Outcome]:
    return [report.outcome for report in worker.run(commands, patience=30)]


def instantiate(worker: Worker, module: str, name: str = "i") -> None:
    assert run(worker, Compile("m", module.encode()), Instantiate(name, "m")) == [Returned(), Returned()]


def i32(bits: int) -> Number:
    return Number("i32", str(bits))


def test_every_outcome_of_an_engine(start: Start) -> None:
    worker = start("honest:Honest")
    instantiate(
        worker, "trap: trap integer overflow\nexhaust: exhaust\nuncaught: uncaught\nbad: raise\necho: echo"
    )
    args = (Number("f64", str(0x7FF4 << 48)), Number("extern", None), Number("v128", str((1 << 128) - 1)))
    assert run(
        worker,
        Invoke("i", "echo", args),
        Invoke("i", "trap"),
        Invoke("i", "exhaust"),
        Invoke("i", "uncaught"),
        Invoke("i", "bad"),
        Invoke("i", "nowhere"),
        Invoke("nobody", "echo"),
        Instantiate("j", "nothing"),
        Compile("m", b"\xff"),
        Compile("m", b"run: dance"),
        Compile("m", b"run: call elsewhere f"),
        Instantiate("j", "m"),
    ) == [
        Returned(args),
        Trapped(TrapKind.INTEGER_OVERFLOW, "integer overflow"),
        Exhausted(),
        Uncaught(),
        Failed("ArithmeticError: a defect of the engine"),
        Failed("KeyError: 'nowhere'"),
        Failed("LookupError: no instance named 'nobody'"),
        Failed("LookupError: no module named 'nothing'"),
        Malformed("'utf-8' codec can't decode byte 0xff in position 0: invalid start byte"),
        Invalid("unknown behaviour 'dance'"),
        Returned(),
        Unlinkable("unknown import 'elsewhere'"),
    ]


def test_globals_and_memories(start: Start) -> None:
    worker = start("honest:Honest")
    instantiate(worker, "g: global i64:7\nm: memory 1000")
    digest = hashlib.sha256(b"\0" * 500 + b"text" + b"\0" * 496).digest()
    part = hashlib.sha256(b"text").digest()

    def halves(digest: bytes) -> tuple[Number, Number]:
        high, low = (int.from_bytes(half, "big") for half in (digest[:16], digest[16:]))
        return Number("v128", str(high)), Number("v128", str(low))

    assert run(
        worker,
        Get("i", "g"),
        Set("i", "g", Number("i64", str((1 << 64) - 1))),
        Get("i", "g"),
        Get("i", "m"),
        WriteMemory("i", "m", 500, b"text"),
        ReadMemory("i", "m"),
        ReadMemory("i", "m", 500, 4),
        ReadMemory("i", "m", 999, 2),
        WriteMemory("i", "m", 1000, b"x"),
    ) == [
        Returned((Number("i64", "7"),)),
        Returned(),
        Returned((Number("i64", "18446744073709551615"),)),
        Failed("KeyError: 'm'"),
        Returned(),
        Returned((Number("i64", "1000"), *halves(digest))),
        Returned((Number("i64", "1000"), *halves(part))),
        Failed("IndexError: 999"),
        Failed("IndexError: 1000"),
    ]


def test_registered_instances_are_imported(start: Start) -> None:
    worker = start("honest:Honest")
    instantiate(worker, "answer: return i32:42", "a")
    assert run(worker, Register("a", "a")) == [Returned()]
    instantiate(worker, "run: call a answer", "b")
    assert run(worker, Invoke("b", "run")) == [Returned((i32(42),))]
    refused = Unlinkable("unknown import 'a'")
    assert run(worker, Drop(registered="a"), Instantiate("c", "m")) == [Returned(), refused]


def test_what_is_dropped_is_gone_and_what_is_closed_refuses(start: Start) -> None:
    worker = start("honest:Honest")
    instantiate(worker, "answer: return i32:42")
    closed = Interrupted(Cause.CLOSED)
    assert run(worker, Close("i"), Invoke("i", "answer")) == [Returned(), closed]
    assert run(worker, Drop(module="m", instance="i"), Instantiate("i", "m"), Close("i"), Drop("m", "i")) == [
        Returned(),
        Failed("LookupError: no module named 'm'"),
        Failed("LookupError: no instance named 'i'"),
        Returned(),
    ]


@pytest.mark.parametrize(
    ("limits", "outcome"),
    [
        (NOW, DEADLINE),
        (Limits(timeout=-(10**15)), DEADLINE),
        (Limits(cancelled=True), CANCELLED),
        (Limits(timeout=3600 * 10**9, cancelled=True), CANCELLED),
        (Limits(timeout=0, cancelled=True), DEADLINE),
        (FAR, Returned((i32(42),))),
        (Limits(timeout=1 << 62), Returned((i32(42),))),
        (Limits(), Returned((i32(42),))),
        (None, Returned((i32(42),))),
    ],
)
def test_limits(start: Start, limits: Limits | None, outcome: Outcome) -> None:
    worker = start("honest:Honest")
    instantiate(worker, "answer: return i32:42")
    (report,) = worker.run([Invoke("i", "answer", limits=limits)], patience=30)
    assert report.outcome == outcome
    assert report.started is not None
    match limits, outcome:
        case Limits(timeout=int(timeout)), Interrupted(Cause.DEADLINE):
            assert report.done == report.started + timeout
        case _, Interrupted(Cause.CANCELLED):
            assert report.done is not None
        case _:
            assert report.done is None


def test_instantiation_has_limits_too(start: Start) -> None:
    worker = start("honest:Honest")
    compiled, instantiated = run(worker, Compile("m", b"start: spin"), Instantiate("i", "m", NOW))
    assert (compiled, instantiated) == (Returned(), DEADLINE)


def test_not_interruptible_means_not_looked_at(start: Start) -> None:
    worker = start("honest:Honest", interruptible=False)
    instantiate(worker, "answer: return i32:42\nsleep: sleep 30")
    reports = list(
        worker.run([Invoke("i", "answer", limits=NOW), Invoke("i", "sleep", limits=NOW)], patience=30)
    )
    assert [report.outcome for report in reports] == [Returned((i32(42),)), Returned()]
    assert all(report.done == report.started for report in reports)


def test_features_are_narrowed(start: Start) -> None:
    from harness.registry import Choice
    from harness.sandbox.supervisor import Worker

    assert start("honest:Honest").welcome.capabilities.features == {"mvp", "multi-value"}
    with Worker(Choice(HONEST, features=("mvp", "gc"))) as worker:
        assert worker.welcome.capabilities.features == {"mvp"}


def test_one_of_many_is_cancelled(start: Start) -> None:
    worker = start("honest:Honest")
    for n in range(8):
        instantiate(worker, "spin: spin", f"i{n}")
    jobs = [worker.submit([Invoke(f"i{n}", "spin", limits=Limits())]) for n in range(8)]
    assert None not in [job.started(0, 30) for job in jobs]
    jobs[3].cancel()
    assert next(jobs[3].reports(patience=30)).outcome == CANCELLED
    assert [job.complete for job in jobs] == [n == 3 for n in range(8)]
    assert run(worker, Invoke("i3", "spin", limits=Limits())) == [CANCELLED]  # closed, with the same cause
    for job in reversed(jobs):
        job.cancel()
        job.cancel()
        assert [report.outcome for report in job.reports(patience=30)] == [CANCELLED]
    assert worker.close(grace=60).by_itself


def test_a_cancel_of_what_is_over_changes_nothing(start: Start) -> None:
    worker = start("honest:Honest")
    for name in ("i", "j"):
        instantiate(worker, "answer: return i32:42\nspin: spin", name)
    job = worker.submit([Invoke("j", "answer", limits=Limits())])
    assert len(list(job.reports(patience=30))) == 1
    job.cancel()
    job = worker.submit([Invoke("i", "spin"), Invoke("j", "answer", limits=FAR)])
    job.cancel()  # reaches the first command at most, which has no limits
    worker.close_instance("i")  # comes after the cancel
    outcomes = [report.outcome for report in job.reports(patience=30)]
    assert outcomes == [Interrupted(Cause.CLOSED), Returned((i32(42),))]


def test_started_says_when(start: Start) -> None:
    worker = start("honest:Honest")
    instantiate(worker, "sleep: sleep 5\nspin: spin")
    job = worker.submit(
        [Invoke("i", "sleep"), Invoke("i", "spin", limits=Limits()), Invoke("i", "spin", limits=NOW)]
    )
    assert job.started(2, 0.02) is None
    assert job.started(1, 30) is not None
    job.cancel()
    reports = list(job.reports(patience=30))
    assert [job.started(index, 0) for index in range(3)] == [None, reports[1].started, reports[2].started]


def test_an_instance_is_closed_while_it_runs(start: Start) -> None:
    worker = start("honest:Honest")
    instantiate(worker, "spin: spin")
    job = worker.submit([Invoke("i", "spin", limits=Limits())])
    assert job.started(0, 30)
    worker.close_instance("nobody")
    worker.close_instance("i")
    (report,) = job.reports(patience=30)
    assert report.outcome == Interrupted(Cause.CLOSED)
    assert report.done is None


def test_one_hangs_and_the_others_are_not_blamed(start: Start) -> None:
    worker = start("wrong:Deaf")
    instantiate(worker, "spin: spin")
    jobs = [worker.submit([Invoke("i", "spin", limits=Limits())] * 2) for _ in range(2)]
    blamed = [report.outcome.__class__.__name__ for report in jobs[1].reports(patience=0.3)]
    others = [report.outcome for report in jobs[0].reports(patience=30)]
    assert blamed == ["Hung", "NotRun"]
    assert others == [NotRun("the worker had ended before: no answer for 0.3 s")] * 2


def test_a_worker_that_is_killed_or_closed_runs_nothing_more(start: Start) -> None:
    for end in ("kill", "close"):
        worker = start("honest:Honest", interruptible=False)
        instantiate(worker, "spin: spin")
        job = worker.submit([Invoke("i", "spin"), Invoke("i", "spin")])
        getattr(worker, end)()
        assert not worker.alive
        words = "killed" if end == "kill" else "told to end"
        assert [report.outcome for report in job.reports(patience=30)] == [
            NotRun(f"the worker was {words}"),
            NotRun(f"the worker had ended before: the worker was {words}"),
        ]
        assert run(worker, Invoke("i", "spin")) == [
            NotRun(f"the worker had ended before: the worker was {words}"),
        ]
        with pytest.raises(ProcessLookupError):
            worker.cpu_time()


def test_killed_by_another_thread_while_waiting(start: Start) -> None:
    worker = start("honest:Honest", interruptible=False)
    instantiate(worker, "spin: spin")
    job = worker.submit([Invoke("i", "spin", limits=Limits())])
    assert job.started(0, 30)
    timer = threading.Timer(0.05, worker.kill)
    timer.start()
    assert [report.outcome for report in job.reports(patience=60)] == [NotRun("the worker was killed")]
    timer.join()


def test_threads_wait_for_different_jobs(start: Start) -> None:
    worker = start("honest:Honest")
    instantiate(worker, "spin: spin", "a")
    instantiate(worker, "answer: return i32:42", "b")
    endless = worker.submit([Invoke("a", "spin", limits=Limits())])
    outcomes: list[Outcome] = []
    waiter = threading.Thread(target=lambda: outcomes.extend(r.outcome for r in endless.reports(patience=60)))
    waiter.start()
    for _ in range(5):
        assert run(worker, Invoke("b", "answer")) == [Returned((i32(42),))]
    endless.cancel()
    waiter.join()
    assert outcomes == [CANCELLED]


@pytest.mark.parametrize("engine", ["honest:Honest", "wrong:CallsFromOwnThread"])
def test_host_functions(start: Start, engine: str) -> None:
    worker = start(engine)
    names = ("nop", "sleep", "sleep-deaf", "cancel", "reenter", "reenter-background", "swallow")
    assert run(worker, Host("host", names)) == [Returned()]

    def call(function: str, inner: str = "return", limits: Limits = FAR) -> Outcome:
        instantiate(worker, f"run: call host {function}\ninner: {inner}")
        return run(worker, Invoke("i", "run", limits=limits))[0]

    soon = Limits(timeout=10_000_000)
    assert call("nop") == Returned()
    assert call("sleep i32:1") == Returned()
    assert call("sleep i32:3600000", limits=soon) == DEADLINE
    assert call("sleep-deaf i32:30", limits=soon) == DEADLINE
    assert call("cancel") == CANCELLED
    assert call("reenter") == Returned()
    assert call("reenter", "trap unreachable") == Trapped(TrapKind.UNREACHABLE, "unreachable")
    assert call("reenter", "spin", soon) == DEADLINE
    assert call("reenter-background", "sleep 30", soon) == DEADLINE  # after the inner call, which went on
    assert call("swallow") == Returned()
    assert call("swallow", "spin", soon) == DEADLINE  # in the outer call, which goes on after the inner


@pytest.mark.parametrize(
    ("interruptible", "milliseconds", "outcome"),
    [(True, 3_600_000, Interrupted(Cause.CLOSED)), (False, 300, Returned())],
)
def test_the_host_sleeps_until_the_instance_is_closed(
    start: Start, interruptible: bool, milliseconds: int, outcome: Outcome
) -> None:
    worker = start("honest:Honest", interruptible=interruptible)
    assert run(worker, Host("host", ("sleep",))) == [Returned()]
    instantiate(worker, f"run: call host sleep i32:{milliseconds}")
    job = worker.submit([Invoke("i", "run", limits=Limits())])
    assert job.started(0, 30)
    worker.close_instance("i")
    assert [report.outcome for report in job.reports(patience=30)] == [outcome]


def test_host_functions_while_instantiating(start: Start) -> None:
    worker = start("honest:Honest")
    commands = (Host("host", ("cancel", "reenter")), Compile("m", b"start: call host cancel"))
    assert run(worker, *commands, Instantiate("i", "m", FAR))[2] == CANCELLED
    # also where one of the same name has been there before
    instantiate(worker, "inner: return")
    outcome = run(worker, Compile("m", b"start: call host reenter"), Instantiate("i", "m"))[1]
    assert outcome == Failed("LookupError: the instance being instantiated has no exports to enter yet")


def test_an_unknown_host_function(start: Start) -> None:
    (outcome,) = run(start("honest:Honest"), Host("host", ("nop", "fly")))
    assert isinstance(outcome, Failed)
    assert outcome.message.startswith("LookupError: no host function 'fly'; there are: nop, sleep, ")


def test_a_failure_is_told_shortly(start: Start) -> None:
    (outcome,) = run(start("honest:Honest"), Invoke("x" * 100_000, "y"))
    assert isinstance(outcome, Failed)
    assert len(outcome.message) == 4096


def test_a_command_that_is_over_leaves_nothing() -> None:
    made = registry.load(HONEST)
    assert not isinstance(made, registry.Program)
    commands = Commands(made(interruptible=True, features=None), lambda reply: None)
    answer = (Compile("m", b"answer: return"), Instantiate("i", "m"), Invoke("i", "answer", limits=FAR))
    replies = commands.run(protocol.Script(1, answer))
    assert any(isinstance(reply, protocol.Started) for reply in replies)
    timer = commands.cancellable[1]._timer
    assert [type(reply) for reply in replies] == [protocol.Result]
    assert not commands.cancellable
    assert not commands.calls
    assert timer is not None
    assert timer.context is None  # the clock does not keep it


def worker_process(*requests: bytes, engine: str = HONEST) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "harness.sandbox.worker", engine],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdin is not None
    process.stdin.write(b"".join(requests))
    process.stdin.flush()
    return process


@pytest.mark.parametrize(
    ("engine", "statuses"), [("honest.py:Honest", (0, 1)), ("wrong.py:WillNotEnd", (1,))]
)
def test_it_ends_with_its_input_also_in_the_middle_of_a_call(engine: str, statuses: tuple[int, ...]) -> None:
    commands = (Compile("m", b"spin: spin"), Instantiate("i", "m"), Invoke("i", "spin", limits=Limits()))
    requests = (protocol.Hello(), protocol.Script(1, commands))
    lines = (protocol.encode(request) + b"\n" for request in requests)
    with worker_process(*lines, engine=f"{ENGINES}/{engine}") as process:
        assert process.stdout is not None
        for line in process.stdout:
            if b'"say":"started"' in line:
                break
        output, _ = process.communicate()
        assert output == b""
        assert process.returncode in statuses


def test_it_ends_when_nobody_says_hello() -> None:
    with worker_process() as process:
        assert process.communicate() == (b"", b"")
        assert process.returncode == 0


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (b'{"say":"shutdown"}\n', b"expected hello, version 1"),
        (b'{"say":"hello","version":2}\n', b"expected hello, version 1"),
        (b'{"say":"hello"}\n{"say":"hello"}\n', b"hello is said once"),
        (b"hello\n", b"JSON is malformed"),
    ],
)
def test_it_refuses_what_is_not_a_supervisor(request_: bytes, message: bytes) -> None:
    with worker_process(request_) as process:
        _, stderr = process.communicate()
        assert message in stderr
        assert process.returncode == 1


def test_requests_may_arrive_in_pieces() -> None:
    commands = (Compile("m", b"answer: return i32:42"), Instantiate("i", "m"), Invoke("i", "answer"))
    script = protocol.encode(protocol.Script(1, commands)) + b"\n"
    with worker_process(protocol.encode(protocol.Hello()) + b"\n" + script[:20]) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.readline()
        process.stdin.write(script[20:60])
        process.stdin.flush()
        process.stdin.write(script[60:])
        process.stdin.flush()
        results = [msgspec.json.decode(process.stdout.readline()) for _ in range(3)]
        assert [result["outcome"]["is"] for result in results] == ["returned"] * 3
        process.stdin.write(b'{"say":"shutdown"}\n')
        process.communicate()
        assert process.returncode == 0
