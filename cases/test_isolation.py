"""Who else is there: neighbours run on, bystanders get their right results, and no one waits for ever."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from harness.outcome import Number, Returned
from harness.sandbox.protocol import Limits
from harness.scenarios.judge import due, lateness
from harness.scenarios.options import S

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from harness.sandbox.supervisor import Job
    from harness.scenarios.play import Play
    from harness.scenarios.stage import Stage

CROWDED = 5
"""How many times the bound an interruption may be late where calls wait for a processor."""
SATURATED = 2 * (os.cpu_count() or 1)
"""As many as this keep every processor busy, and more."""


def test_isolate_one_of_many(case: AbstractContextManager[Play]) -> None:
    """Of many calls one after the other is cancelled: that one stops, the others go on."""
    with case as play:
        stages = play.beside(play.stage("loop-and-more"), play.options.many)
        jobs = [play.start(stage, Limits()) for stage in stages]
        for index, (stage, job) in enumerate(zip(stages, jobs, strict=True)):
            cancelled(play, stage, job)
            play.check(stage.worker.alive, "the process has ended")
            play.check(not any(other.complete for other in jobs[index + 1 :]), "a neighbour was stopped too")


def test_isolate_bystander(case: AbstractContextManager[Play]) -> None:
    """A finite computation beside calls that are interrupted returns its right result."""
    with case as play:
        neighbour = play.stage("loop-and-more")
        bystander = play.stage("kernel-sieve", worker=neighbour.worker)
        finite = Limits(timeout=play.options.finite)
        for _ in range(3):
            running = bystander.submit(finite)
            play.call(neighbour, Limits(timeout=play.options.deadline), "interrupted")
            (report,) = running.reports(patience=(play.options.finite + play.options.patience) / S)
            expected = bystander.scenario.header.on
            play.judge(report.outcome, None, expected, results=bystander.program.results)
            play.again(neighbour)


def test_isolate_shared_memory(case: AbstractContextManager[Play]) -> None:
    """Of two instances that count in one memory, one is cancelled: the other goes on counting."""
    with case as play:
        one, other, reader = play.beside(play.stage("loop-shared-memory"), 3)
        running, stays = play.start(one, Limits()), play.start(other, Limits())
        cancelled(play, one, running)
        before = play.answer(reader, "read")
        time.sleep(play.options.idle / S)
        after = play.answer(reader, "read")
        play.check(before != after, f"both have stopped counting, at {before}")
        cancelled(play, other, stays)
        play.check(play.answer(reader, "read") == play.answer(reader, "read"), "somebody still counts")


def test_isolate_close_callee(case: AbstractContextManager[Play]) -> None:
    """The callee's instance is closed while its caller runs: the call ends, for that cause."""
    with case as play:
        stage = play.stage("cross-module-call")
        job = play.start(stage, Limits())
        job.wait(play.options.deadline / S)
        told = time.monotonic_ns()
        stage.worker.close_instance(stage.companions["B"])
        (report,) = job.reports(patience=play.options.patience / S)
        play.judge(report.outcome, lateness(report, told), "interrupted", "close")


def test_isolate_saturated(case: AbstractContextManager[Play]) -> None:
    """More calls than processors are running, each with a deadline: all of them are interrupted."""
    with case as play:
        stages = play.beside(play.stage("loop-and-more"), SATURATED)
        timeout = play.options.deadline
        for job in [stage.submit(Limits(timeout=timeout)) for stage in stages]:
            (report,) = job.reports(patience=(timeout + play.options.patience) / S)
            told = due(report, job.sent or 0, timeout)
            play.judge(report.outcome, lateness(report, told), "interrupted", bounds=CROWDED)
        answer = play.answer(play.again(stages[0]), "answer")
        play.check(answer == Returned((Number("i32", "42"),)), f"a wrong answer afterwards: {answer}")


def cancelled(play: Play, stage: Stage, job: Job) -> None:
    """Cancel a call that runs; it must be interrupted."""
    told = job.cancel()
    (report,) = job.reports(patience=play.options.patience / S)
    play.judge(report.outcome, lateness(report, told), "interrupted", "cancel", bounds=CROWDED)
