"""When the deadline passes or the cancel comes: before, at, and after the call."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cases.moments import cancel, cancel_and_close, rounds, sweep
from harness.sandbox.protocol import Drop, Instantiate, Limits
from harness.scenarios.judge import due, lateness
from harness.scenarios.options import MS, S

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from harness.scenarios.play import Play

pytestmark = pytest.mark.timeout(3600)
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
    """A timeout of nothing: interrupted at once, no side effect.

    Seen: bytecodealliance/wasmtime#4342.
    """
    with case as play:
        without_a_trace(play, Limits(timeout=0))


def test_deadline_negative(case: AbstractContextManager[Play]) -> None:
    """A deadline a century ago: interrupted at once, no side effect.

    Seen: bytecodealliance/wasmtime#4342.
    """
    with case as play:
        without_a_trace(play, Limits(timeout=-CENTURY))


def test_deadline_tiny(case: AbstractContextManager[Play]) -> None:
    """A timeout of a millisecond: interrupted then.

    Seen: bytecodealliance/wasmtime#4342.
    """
    with case as play:
        play.call(play.stage("loop-br"), Limits(timeout=1 * MS), "interrupted")


def test_deadline_far(case: AbstractContextManager[Play]) -> None:
    """A deadline a century ahead: a finite call ends as ever, an endless one can still be cancelled.

    Seen: bytecodealliance/wasmtime#4342.
    """
    with case as play:
        far = Limits(timeout=CENTURY)
        play.call(play.stage("loop-header-unused"), far, "returns 42")
        cancel(play, play.stage("loop-br"), limits=far)


def test_cancel_sequential(case: AbstractContextManager[Play]) -> None:
    """Two cancels in two successive calls both work.

    Seen: extism/extism#557.
    """
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
    """A cancel that comes after the call has ended does nothing, also not to the next call.

    Seen: bytecodealliance/wasmtime#2981.
    """
    with case as play:
        stage = play.stage("loop-header-unused")
        for _ in range(10):
            job = stage.submit(Limits(timeout=play.options.finite))
            (report,) = job.reports(patience=play.options.setup / S)
            play.judge(report.outcome, None, "returns 42", results=stage.program.results)
            job.cancel()


def test_cancel_at_finish(case: AbstractContextManager[Play]) -> None:
    """Deadlines swept over the end of a finite call: its value or an interruption, never anything else.

    Seen: wazero/wazero#1156, mattn/go-sqlite3#745.
    """
    with case as play:
        sweep(play, play.stage("loop-header-unused"), "returns 42", rounds(play))


def test_cancel_vs_trap(case: AbstractContextManager[Play]) -> None:
    """Deadlines swept over a call that traps: its trap or an interruption, never anything else.

    Seen: wazero/wazero#1119.
    """
    with case as play:
        sweep(play, play.stage("trap-unreachable-after-loop"), "traps unreachable", rounds(play))


def test_cancel_vs_close(case: AbstractContextManager[Play]) -> None:
    """A call is cancelled and its instance closed at once: one of them stops it, and nothing breaks.

    Seen: wazero/wazero#1119.
    """
    with case as play:
        cancel_and_close(play, play.stage("loop-br"), rounds(play, 10))


def test_cancel_during_instantiate(case: AbstractContextManager[Play]) -> None:
    """A deadline passes while huge segments are copied: the engine heeds it, or says that it does not.

    Seen: wazero, where it reaches start functions, and not segments.
    """
    with case as play:
        stage = play.stage("segments-huge")
        play.covered(stage, "instantiate")
        for turn in range(10):
            timeout = turn * MS // 4
            (report,) = stage.run([Instantiate("another", stage.module, Limits(timeout=timeout))])
            late = lateness(report, due(report, report.started or 0, timeout))
            play.judge(report.outcome, late, "interrupted or returns" if turn else "interrupted")
        stage.run([Drop(instance="another")])
