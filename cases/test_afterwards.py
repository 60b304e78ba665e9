"""What an interruption leaves behind."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from harness.context import Cause
from harness.outcome import Exhausted, Interrupted, Number, Returned, Trapped
from harness.sandbox.protocol import Limits
from harness.scenarios.footprint import Footprint
from harness.scenarios.judge import BUSY, lateness
from harness.scenarios.options import MS, S
from harness.scenarios.run import busy

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from harness.plugin import Record
    from harness.scenarios.play import Play
    from harness.scenarios.stage import Stage

ANSWER = Returned((Number("i32", "42"),))


def interrupted(play: Play, scenario: str = "loop-and-more") -> Stage:
    """A stage whose call has just been interrupted."""
    stage = play.stage(scenario)
    play.call(stage, Limits(timeout=play.options.deadline), "interrupted")
    return stage


def test_after_recall(case: AbstractContextManager[Play]) -> None:
    """A second call of the same export: refused for the same cause, or interrupted again, as declared."""
    with case as play:
        stage = interrupted(play)
        again = Limits(timeout=play.options.deadline)
        if stage.worker.welcome.capabilities.after_interrupt != "reusable":
            before = stage.progress()
            (report,) = stage.run([stage.command(again)])
            play.check(report.outcome == Interrupted(Cause.DEADLINE), f"refused as {report.outcome}")
            play.check(stage.progress() == before, "not refused: the guest has run again")
        else:
            play.call(stage, again, "interrupted")


def test_after_other_export(case: AbstractContextManager[Play]) -> None:
    """Another export: refused for the same cause, or it does its own work, as declared.

    Seen: pywasm resumes the loop that was cancelled.
    """
    with case as play:
        stage = interrupted(play)
        before = stage.progress()
        closed = stage.worker.welcome.capabilities.after_interrupt != "reusable"
        answer = stage.answer("answer")
        play.check(answer == (Interrupted(Cause.DEADLINE) if closed else ANSWER), f"answers {answer}")
        play.check(stage.progress() == before, "the loop that was broken off has gone on")


def test_after_memory(case: AbstractContextManager[Play]) -> None:
    """Memory and globals can be read, and no longer change."""
    with case as play:
        stage = interrupted(play)
        play.left(stage)
        soon = stage.state()
        for _, outcome in soon:
            play.done(outcome, "cannot be read")
        time.sleep(play.options.idle / S)
        play.check(stage.state() == soon, "still changing")


def test_after_name_freed(case: AbstractContextManager[Play]) -> None:
    """A module can be instantiated under the same name, and works."""
    with case as play:
        stage = interrupted(play)
        play.again(stage)
        play.check(play.answer(stage, "answer") == ANSWER, "the second instance is wrong")
        play.call(stage, Limits(timeout=play.options.deadline), "interrupted")


def test_after_siblings(case: AbstractContextManager[Play]) -> None:
    """Two calls on one engine keep their own deadlines.

    Seen: the epoch of wasmtime belongs to a whole engine.
    """
    with case as play:
        one, other = play.beside(play.stage("loop-and-more"), 2)
        late = 4 * play.options.deadline
        job = other.submit(Limits(timeout=late))
        play.call(one, Limits(timeout=play.options.deadline), "interrupted")
        (report,) = job.reports(patience=(late + play.options.patience) / S)
        told = (report.started or 0) + late
        play.judge(report.outcome, lateness(report, told), "interrupted")


def test_after_cpu_idle(case: AbstractContextManager[Play]) -> None:
    """The call has returned: the processor rests.

    Seen: mini-racer 0.14.1 burns on for 4 s.
    """
    with case as play:
        share = busy(interrupted(play).worker, play.options, thorough=True)
        play.check(share < BUSY, f"burns on: {share:.0%} of a processor")


def test_after_exit(case: AbstractContextManager[Play]) -> None:
    """Told to end, the process does so by itself: after an interruption, and while a call is running.

    Seen: mini-racer, unless it is closed, can deadlock; Node's `process.exit` hangs while a worker spins.
    """
    with case as play:
        running = play.stage("loop-br")
        play.start(running, Limits())
        for stage in (interrupted(play), running):
            exit = stage.worker.close(grace=play.options.exit / S)
            play.check(exit.by_itself, f"killed after {exit.seconds:.1f} s")
            play.check(exit.status == 0, f"ended with status {exit.status}")


def test_after_error_distinct(case: AbstractContextManager[Play]) -> None:
    """An interruption can be told from a trap and from exhaustion."""
    with case as play:
        stage = interrupted(play)
        play.again(stage)
        crash, recursion = stage.answer("crash"), stage.answer("recurse")
        play.check(isinstance(crash, Trapped), f"unreachable gives {crash}")
        play.check(isinstance(recursion, Exhausted), f"endless recursion gives {recursion}")


@pytest.mark.timeout(7200)
def test_after_leaks(case: AbstractContextManager[Play], record: Record) -> None:
    """Many interrupted calls in one process: threads, descriptors, timers and resident memory level off."""
    with case as play:
        stage = play.stage("loop-br")
        calls = play.options.calls
        footprint = Footprint(stage.worker, calls)
        try:
            for call in range(1, calls + 1):
                play.call(stage, Limits(timeout=MS // 2), "interrupted", bounds=None)
                play.again(stage)
                footprint.look(call)
        finally:
            for curve in footprint.curves():
                record(curve)
        for growing in footprint.growing():
            play.check(False, growing)
