"""Who else is there: neighbours run on, bystanders get their right results, and no one waits for ever."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from cases.moments import SATURATED, cancel, cancel_and_close, cancelled, crowded, rounds, saturated, sweep
from harness.outcome import Number, Returned
from harness.sandbox.protocol import Limits
from harness.scenarios.judge import due, lateness
from harness.scenarios.options import S

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from harness.sandbox.supervisor import Job
    from harness.scenarios.play import Play

pytestmark = pytest.mark.timeout(3600)
LOADED = 20
"""How many times fewer rounds a sweep has where every processor is busy: each takes that much longer."""


def test_isolate_one_of_many(case: AbstractContextManager[Play]) -> None:
    """Of many calls one after the other is cancelled: that one stops, the others go on.

    Seen: wazero, up to 145 ms late on two cores.
    """
    with case as play:
        stages = play.beside(play.stage("loop-and-more"), play.options.many)
        jobs = [play.start(stage, Limits()) for stage in stages]
        for index, (stage, job) in enumerate(zip(stages, jobs, strict=True)):
            cancelled(play, job)
            play.check(stage.worker.alive, "the process has ended")
            play.check(not any(other.complete for other in jobs[index + 1 :]), "a neighbour was stopped too")


def test_isolate_bystander(case: AbstractContextManager[Play]) -> None:
    """A finite computation beside calls that are interrupted one by one returns its right result."""
    with case as play:
        neighbours = play.beside(play.stage("loop-and-more"), play.options.many)
        bystander = play.stage("kernel-sieve", worker=neighbours[0].worker)
        for _ in range(3):
            running = bystander.submit(Limits(timeout=play.options.finite))
            timeouts = [play.options.deadline * turn // len(neighbours) for turn in range(len(neighbours))]
            jobs = [stage.submit(Limits(timeout=t)) for stage, t in zip(neighbours, timeouts, strict=True)]
            for job, timeout in zip(jobs, timeouts, strict=True):
                expired(play, job, timeout)
            (report,) = running.reports(patience=(play.options.finite + play.options.patience) / S)
            expected = bystander.scenario.header.on
            play.judge(report.outcome, None, expected, results=bystander.program.results)
            for stage in neighbours:
                play.again(stage)


def test_isolate_shared_memory(case: AbstractContextManager[Play]) -> None:
    """Of instances that count in one memory, one after the other is cancelled: the others go on counting."""
    with case as play:
        *stages, reader = play.beside(play.stage("loop-shared-memory"), play.options.many + 1)
        jobs = [play.start(stage, Limits()) for stage in stages]
        while jobs:
            before = play.answer(reader, "read")
            time.sleep(play.options.idle / S)
            play.check(
                before != play.answer(reader, "read"), f"{len(jobs)} have stopped counting, at {before}"
            )
            cancelled(play, jobs.pop())
        play.check(play.answer(reader, "read") == play.answer(reader, "read"), "somebody still counts")


def test_isolate_close_callee(case: AbstractContextManager[Play]) -> None:
    """The callee's instance is closed while its caller runs: the call ends, for that cause.

    Seen: wazero does nothing.
    """
    with case as play:
        stage = play.stage("cross-module-call")
        job = play.start(stage, Limits())
        job.wait(play.options.deadline / S)
        told = time.monotonic_ns()
        stage.worker.close_instance(stage.companions["B"])
        (report,) = job.reports(patience=play.options.patience / S)
        play.judge(report.outcome, lateness(report, told), "interrupted", "close")


def test_isolate_saturated(case: AbstractContextManager[Play]) -> None:
    """More calls than processors are running, each with a deadline: all of them are interrupted.

    Seen: wazero/wazero#1409.
    """
    with case as play:
        stages = play.beside(play.stage("loop-and-more"), max(SATURATED, play.options.many))
        timeout = play.options.deadline
        for job in [stage.submit(Limits(timeout=timeout)) for stage in stages]:
            expired(play, job, timeout)
        answer = play.answer(play.again(stages[0]), "answer")
        play.check(answer == Returned((Number("i32", "42"),)), f"a wrong answer afterwards: {answer}")


def test_isolate_saturated_at_finish(case: AbstractContextManager[Play]) -> None:
    """The same as cancel-at-finish, where every processor is busy with other instances."""
    with case as play, saturated(play) as beside:
        stage = play.stage("loop-header-unused", worker=beside.worker)
        sweep(play, stage, "returns 42", rounds(play, LOADED), bounds=crowded(play))


def test_isolate_saturated_vs_trap(case: AbstractContextManager[Play]) -> None:
    """The same as cancel-vs-trap, where every processor is busy with other instances."""
    with case as play, saturated(play) as beside:
        stage = play.stage("trap-unreachable-after-loop", worker=beside.worker)
        sweep(play, stage, "traps unreachable", rounds(play, LOADED), bounds=crowded(play))


def test_isolate_saturated_vs_close(case: AbstractContextManager[Play]) -> None:
    """The same as cancel-vs-close, where every processor is busy with other instances."""
    with case as play, saturated(play) as stage:
        cancel_and_close(play, stage, rounds(play, LOADED), bounds=crowded(play))


def test_isolate_saturated_many_threads(case: AbstractContextManager[Play]) -> None:
    """The same as cancel-many-threads, where every processor is busy with other instances."""
    with case as play, saturated(play) as stage:
        cancel(play, stage, times=64, bounds=crowded(play))


def expired(play: Play, job: Job, timeout: int) -> None:
    """A call with a deadline; it must be interrupted."""
    (report,) = job.reports(patience=(timeout + play.options.patience) / S)
    late = lateness(report, due(report, job.sent or 0, timeout))
    play.judge(report.outcome, late, "interrupted", bounds=crowded(play))
