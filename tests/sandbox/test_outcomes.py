"""Engines that are wrong on purpose: each gets its own outcome, and the run goes on with a fresh worker."""

from __future__ import annotations

import errno
import os
import signal
import time
from typing import TYPE_CHECKING, Protocol

import pytest

from harness.context import Cause
from harness.engine import Unavailable
from harness.outcome import Crashed, Failed, Hung, Interrupted, Invalid, NotRun, Number, Outcome, Returned
from harness.registry import Choice
from harness.sandbox import supervisor
from harness.sandbox.protocol import Compile, Instantiate, Invoke, Limits
from harness.sandbox.supervisor import Report, Shortage, Worker, WorkerError
from harness.scenarios import Workers

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MODULE = b"answer: return i32:42\nspin: spin\n"
ANSWER = Returned((Number("i32", "42"),))
SHORT = Limits(timeout=20_000_000)
SETUP = (Compile("m", MODULE), Instantiate("i", "m"))
SPIN = (*SETUP, Invoke("i", "spin", limits=SHORT), Invoke("i", "answer"))


class Start(Protocol):
    def __call__(self, name: str, *, interruptible: bool = ..., startup: float = ...) -> Worker: ...


def outcomes(reports: list[Report]) -> list[Outcome]:
    assert [report.index for report in reports] == list(range(len(reports)))
    return [report.outcome for report in reports]


def spin(worker: Worker) -> list[Report]:
    return list(worker.run(SPIN, patience=20))


def goes_on(start: Start) -> None:
    """After whatever has happened, the next worker does its work."""
    assert (
        outcomes(list(start("honest:Honest").run((*SETUP, Invoke("i", "answer")), patience=20)))[2] == ANSWER
    )


def test_an_honest_engine_is_interrupted_at_its_deadline(start: Start) -> None:
    reports = spin(start("honest:Honest"))
    interrupted = Interrupted(Cause.DEADLINE)
    assert outcomes(reports) == [Returned(), Returned(), interrupted, interrupted]
    report = reports[2]
    assert report.started is not None
    assert report.done == report.started + 20_000_000
    assert report.ended is not None
    assert report.started < report.done <= report.ended <= report.received


@pytest.mark.parametrize("name", ["HoldsInterpreter", "NeverReturns", "Freezes", "Deaf"], ids=str.lower)
def test_what_never_returns_hung(start: Start, name: str) -> None:
    job = start(f"wrong:{name}").submit(SPIN)
    assert job.started(2, 20) is not None
    reports = list(job.reports(patience=0.5))
    assert outcomes(reports) == [
        Returned(),
        Returned(),
        Hung(0.5),
        NotRun("the worker had ended before: no answer for 0.5 s"),
    ]
    assert reports[2].ended is None
    goes_on(start)


@pytest.mark.parametrize(
    ("name", "status"), [("Segfaults", -signal.SIGSEGV), ("ExitsZero", 0), ("Orphans", 3)], ids=str
)
def test_what_ends_in_the_middle_crashed(start: Start, name: str, status: int) -> None:
    culprit, rest = outcomes(spin(start(f"wrong:{name}")))[2:]
    assert isinstance(culprit, Crashed)
    assert culprit.status == status
    assert rest == NotRun(f"the worker had ended before: it ended with status {status}")
    goes_on(start)


def test_the_end_of_standard_error_says_where_it_crashed(start: Start) -> None:
    culprit = spin(start("wrong:Segfaults"))[2].outcome
    assert isinstance(culprit, Crashed)
    assert "Segmentation fault" in culprit.message
    assert "in string_at" in culprit.message


def test_the_last_words_are_heard_also_after_the_end_of_the_output(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "_LAST_GASP", 60)
    commands = (Compile("m", b"misbehave"), Instantiate("i", "m"), Invoke("i", "run"))
    *_, culprit = start("program:closes-output-and-dies").run(commands, patience=60)
    assert culprit.outcome == Crashed(3, "the reason")


def test_what_a_crash_leaves_behind_is_killed(start: Start, ends: Callable[[int], bool]) -> None:
    culprit = spin(start("wrong:Orphans"))[2].outcome
    assert isinstance(culprit, Crashed)
    assert ends(int(culprit.message.partition("left behind: ")[2]))


def test_what_escapes_does_not_hide_the_crash(start: Start, ends: Callable[[int], bool]) -> None:
    culprit = spin(start("wrong:Escapes"))[2].outcome
    assert isinstance(culprit, Crashed)
    assert culprit.status == 3
    assert ends(int(culprit.message.partition("left behind: ")[2]))


def test_what_hangs_in_a_session_of_its_own_is_killed(start: Start, ends: Callable[[int], bool]) -> None:
    worker = start("wrong:HangsElsewhere")
    job = worker.submit(SPIN)
    assert job.started(2, 20) is not None
    while not (left := worker._child._marked() - {worker._child.pid}):
        time.sleep(0.01)
    assert list(job.reports(patience=0.5))[2].outcome == Hung(0.5)
    assert all(ends(pid) for pid in left)


def test_who_runs_beside_it_is_left_alone(start: Start) -> None:
    worker, other = start("honest:Honest"), start("wrong:HasChildren")
    job = other.submit(SPIN)
    assert job.started(2, 20) is not None
    other.kill()
    assert worker.alive
    assert outcomes(list(worker.run((*SETUP, Invoke("i", "answer")), patience=20)))[2] == ANSWER


def test_an_exit_from_python_is_a_failure_and_no_more(start: Start) -> None:
    worker = start("wrong:Quits")
    assert outcomes(spin(worker))[2:] == [Failed("SystemExit: enough"), ANSWER]


def test_processor_time_tells_a_thread_that_burns_on(start: Start) -> None:
    honest, burning = start("honest:Honest"), start("wrong:BurnsOn")
    assert outcomes(spin(honest)) == outcomes(spin(burning))
    before = burning.cpu_time()
    quiet = honest.cpu_time()
    while burning.cpu_time() < before + 0.2:
        time.sleep(0.01)
    assert honest.cpu_time() < quiet + 0.1


def test_an_invented_interruption_has_no_evidence(start: Start) -> None:
    worker = start("wrong:Invents")
    report = list(worker.run((*SETUP, Invoke("i", "answer", limits=Limits(timeout=10**12))), patience=20))[2]
    assert report.outcome == Interrupted(Cause.DEADLINE)
    assert report.done is None


def test_an_answer_that_cannot_be_written_is_a_failure(start: Start) -> None:
    for outcome in outcomes(spin(start("wrong:Unspeakable")))[2:]:
        assert isinstance(outcome, Failed)
        assert outcome.message.startswith("unspeakable: ")


def test_an_answer_of_many_words_is_cut(start: Start) -> None:
    outcome = outcomes(spin(start("wrong:LongWinded")))[0]
    assert isinstance(outcome, Invalid)
    assert len(outcome.message) == 4096


def test_printing_does_not_disturb_the_protocol(start: Start) -> None:
    worker = start("wrong:Prints")
    assert outcomes(list(worker.run((*SETUP, Invoke("i", "answer")), patience=20)))[2] == ANSWER
    said = worker.close().message
    assert "printed" in said
    assert "put" in said
    assert '{"say":"shutdown"}' in said


def test_a_flood_on_standard_error_is_drained(start: Start) -> None:
    worker = start("wrong:Chatters")
    assert outcomes(list(worker.run((*SETUP, Invoke("i", "answer")), patience=20)))[2] == ANSWER
    assert 0 < len(worker.close().message) <= 8192


def test_an_honest_worker_exits_by_itself(start: Start) -> None:
    worker = start("honest:Honest")
    spin(worker)
    exit = worker.close(grace=60)
    assert exit.by_itself
    assert exit.status == 0


@pytest.mark.parametrize("name", ["WillNotEnd", "HangsInClose"])
def test_what_will_not_end_is_killed(start: Start, name: str) -> None:
    worker = start(f"wrong:{name}")
    exit = worker.close(grace=0.5)
    assert not exit.by_itself
    assert exit.status == -signal.SIGKILL
    goes_on(start)


def test_who_ends_may_close_its_output_long_before(start: Start) -> None:
    exit = start("program:closes-output-and-ends").close(grace=60)
    assert (exit.by_itself, exit.status) == (True, 0)
    assert exit.message.endswith("the end")


def test_a_hang_behind_a_closed_output_is_one(start: Start) -> None:
    exit = start("program:closes-output-and-hangs").close(grace=2)
    assert (exit.by_itself, exit.status) == (False, -signal.SIGKILL)
    assert exit.seconds >= 2


def test_an_engine_may_be_unavailable(start: Start) -> None:
    with pytest.raises(Unavailable, match=r"^install the other thing first$"):
        start("wrong:NotHere")
    with pytest.raises(Unavailable, match=r"^the licence has expired$"):
        start("program:unavailable")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("broken:Engine", "ModuleNotFoundError: No module named 'a_package_that_nobody_has'"),
        ("wrong:DiesAtStart", "it ended with status -9"),
        ("honest:Honset", r"has no 'Honset' \(did you mean 'Honest'\?\); there are: .*HonestInstance"),
        ("nowhere:Engine", "there is no file .*nowhere.py"),
        ("program:greets-with-garbage", "JSON is malformed.*: starting up"),
        ("program:greets-twice", "a second greeting: "),
        ("program:other-version", "it speaks version 2 of the protocol, not 1"),
    ],
    ids=lambda text: text.replace(":", "-").split(" ")[0],
)
def test_a_start_that_fails_is_told_in_one_line(start: Start, name: str, message: str) -> None:
    with pytest.raises(WorkerError, match=message) as raised:
        start(name)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("name", ["wrong:NeverStarts", "program:says-nothing"])
def test_a_start_that_hangs_is_given_up(start: Start, name: str) -> None:
    with pytest.raises(WorkerError, match=r"said nothing for 0\.5 s$"):
        start(name, startup=0.5)
    goes_on(start)


def test_a_program_that_is_not_there() -> None:
    with pytest.raises(WorkerError, match=r"cannot start 'exec:\./no-such-engine'.*No such file"):
        Worker(Choice("exec:./no-such-engine"))


@pytest.mark.parametrize("number", [errno.EMFILE, errno.EAGAIN, errno.ENOMEM], ids=errno.errorcode.get)
def test_what_the_machine_lacks_is_not_the_engines_doing(
    number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def short(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(supervisor, "Child", short)
    with pytest.raises(Shortage, match=f"says nothing of the engine: {os.strerror(number)}$"):
        Worker(Choice("exec:true"))
    with Workers() as workers:
        workers.prepare(Choice("exec:true"))  # whoever takes it is told
        with pytest.raises(Shortage):
            workers.take(Choice("exec:true"))


def test_a_program_that_is_none(tmp_path: Path) -> None:
    program = tmp_path / "engine"
    program.write_bytes(b"\0neither a script nor a program")
    program.chmod(0o755)
    with pytest.raises(WorkerError, match="Exec format error"):
        Worker(Choice(f"exec:{program}"))
    program.chmod(0o644)
    with pytest.raises(WorkerError, match="Permission denied"):
        Worker(Choice(f"exec:{program}"))
