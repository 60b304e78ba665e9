"""When the deadline passes or the cancel comes: before, at, and after the call."""

from __future__ import annotations

import threading
import time
from functools import partial
from typing import TYPE_CHECKING

from harness.context import Cause
from harness.outcome import Interrupted
from harness.sandbox.protocol import Compile, Instantiate, Limits
from harness.scenarios.judge import due, lateness
from harness.scenarios.options import MS, S

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from harness.outcome import Outcome
    from harness.results import Way
    from harness.scenarios.play import Play
    from harness.scenarios.stage import Stage

CENTURY = 100 * 365 * 24 * 3600 * S


def without_a_trace(play: Play, limits: Limits) -> None:
    """The call is interrupted at once, and the guest has done nothing."""
    stage = play.stage("loop-store")
    before = stage.progress()
    play.call(stage, limits, "interrupted")
    play.check(stage.progress() == before, "the guest ran, although it had been told to stop before")


def test_expired_before(case: AbstractContextManager[Play]) -> None:
    """The deadline has passed before the call: interrupted at once, no side effect."""
    with case as play:
        without_a_trace(play, Limits(timeout=-1 * MS))


def test_cancelled_before(case: AbstractContextManager[Play]) -> None:
    """The context was cancelled before the call: interrupted at once, no side effect."""
    with case as play:
        without_a_trace(play, Limits(cancelled=True))


def test_deadline_zero(case: AbstractContextManager[Play]) -> None:
    """A timeout of nothing: interrupted at once, no side effect."""
    with case as play:
        without_a_trace(play, Limits(timeout=0))


def test_deadline_negative(case: AbstractContextManager[Play]) -> None:
    """A deadline a century ago: interrupted at once, no side effect."""
    with case as play:
        without_a_trace(play, Limits(timeout=-CENTURY))


def test_deadline_tiny(case: AbstractContextManager[Play]) -> None:
    """A timeout of a millisecond: interrupted then."""
    with case as play:
        play.call(play.stage("loop-br"), Limits(timeout=1 * MS), "interrupted")


def test_deadline_far(case: AbstractContextManager[Play]) -> None:
    """A deadline a century ahead: a finite call ends as ever, an endless one can still be cancelled."""
    with case as play:
        far = Limits(timeout=CENTURY)
        play.call(play.stage("loop-header-unused"), far, "returns 42")
        cancel(play, play.stage("loop-br"), limits=far)


def test_cancel_sequential(case: AbstractContextManager[Play]) -> None:
    """Two cancels in two successive calls both work."""
    with case as play:
        stage = play.stage("loop-br")
        cancel(play, stage)
        play.again(stage)
        cancel(play, stage)


def test_cancel_twice(case: AbstractContextManager[Play]) -> None:
    """Cancelled twice, a call is interrupted once."""
    with case as play:
        cancel(play, play.stage("loop-br"), times=2)


def test_cancel_many_threads(case: AbstractContextManager[Play]) -> None:
    """64 threads cancel at once, and do no harm."""
    with case as play:
        cancel(play, play.stage("loop-br"), times=64)


def test_cancel_after_finish(case: AbstractContextManager[Play]) -> None:
    """A cancel that comes after the call has ended does nothing, also not to the next call."""
    with case as play:
        stage = play.stage("loop-header-unused")
        for _ in range(10):
            job = stage.submit(Limits(timeout=play.options.finite))
            (report,) = job.reports(patience=play.options.setup / S)
            play.judge(report.outcome, None, "returns 42", results=stage.program.results)
            job.cancel()


def test_cancel_at_finish(case: AbstractContextManager[Play]) -> None:
    """Deadlines swept over the end of a finite call: its value or an interruption, never anything else."""
    with case as play:
        sweep(play, "loop-header-unused", "returns 42")


def test_cancel_vs_trap(case: AbstractContextManager[Play]) -> None:
    """Deadlines swept over a call that traps: its trap or an interruption, never anything else."""
    with case as play:
        sweep(play, "trap-unreachable-after-loop", "traps unreachable")


def test_cancel_vs_close(case: AbstractContextManager[Play]) -> None:
    """A call is cancelled and its instance closed at once: one of them stops it, and nothing breaks."""
    with case as play:
        stage = play.stage("loop-br")
        for turn in range(20):
            job = play.start(stage, Limits())
            close = partial(stage.worker.close_instance, stage.instance)
            both: list[Callable[[], object]] = [job.cancel, close]
            told = time.monotonic_ns()
            for stop in both if turn % 2 else reversed(both):
                stop()
            (report,) = job.reports(patience=play.options.patience / S)
            way: Way = "close" if report.outcome == Interrupted(Cause.CLOSED) else "cancel"
            play.judge(report.outcome, lateness(report, told), "interrupted", way)
            play.again(stage)


def test_cancel_during_instantiate(case: AbstractContextManager[Play]) -> None:
    """A deadline passes while huge segments are copied: the engine heeds it, or says that it does not."""
    with case as play:
        stage = play.stage("segments-huge")
        play.covered(stage, "instantiate")
        for turn in range(10):
            timeout = turn * MS // 4
            (report,) = stage.run([Instantiate("another", stage.module, Limits(timeout=timeout))])
            late = lateness(report, due(report, report.started or 0, timeout))
            play.judge(report.outcome, late, "interrupted or returns" if turn else "interrupted")


def test_cancel_during_compile(case: AbstractContextManager[Play]) -> None:
    """A deadline that passes while a module is compiled: the engine heeds it, or says that it does not."""
    with case as play:
        stage = play.stage("loop-long-body")
        play.covered(stage, "compile")
        module = stage.program.modules[-1].binary
        (report,) = stage.run([Compile("another", module, Limits(timeout=0))])
        play.judge(report.outcome, None if report.done is None else 0, "interrupted")


def cancel(play: Play, stage: Stage, *, limits: Limits | None = None, times: int = 1) -> Outcome:
    """Call, cancel so many times at once while it runs, and expect an interruption."""
    job = play.start(stage, limits or Limits())
    together = threading.Barrier(times)
    told: list[int] = []

    def tell() -> None:
        together.wait()
        told.append(job.cancel())

    threads = [threading.Thread(target=tell) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (report,) = job.reports(patience=play.options.patience / S)
    return play.judge(report.outcome, lateness(report, min(told)), "interrupted", "cancel")


def sweep(play: Play, scenario: str, answer: str) -> None:
    """Let the deadline pass a little later every time, from before the call until after it has ended."""
    stage = play.stage(scenario)
    (report,) = stage.submit(Limits(timeout=play.options.finite)).reports(patience=play.options.setup / S)
    play.judge(report.outcome, None, answer, results=stage.program.results)
    whole = (report.ended or 0) - (report.started or 0)
    seen: set[type] = set()
    for turn in range(play.options.rounds):
        limits = Limits(timeout=2 * whole * turn // play.options.rounds)
        outcome = play.call(stage, limits, f"interrupted or {answer}")
        seen.add(type(outcome))
        play.again(stage)
    play.check(len(seen) == 2, "the sweep missed the end of the call: every answer was the same")
