"""What the cases about time do: the same where the machine is idle and where every processor is busy."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from functools import partial
from statistics import median
from typing import TYPE_CHECKING

from harness.context import Cause
from harness.outcome import Interrupted
from harness.provenance import processors
from harness.sandbox.protocol import Limits
from harness.scenarios.judge import lateness
from harness.scenarios.options import S
from harness.scenarios.play import Over
from harness.wast.judge import describe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness.outcome import Outcome
    from harness.results import Way
    from harness.sandbox.supervisor import Job
    from harness.scenarios.play import Play
    from harness.scenarios.stage import Stage

CROWDED = 5
"""How many times the bound an interruption may be late where two calls share a processor."""
SATURATED = 2 * processors()
"""As many calls as this keep every processor busy, and more."""
FEWEST = 20
"""Rounds that a sweep has at least, or it would not come to see both ends of a call."""
STEP = 1000
"""Nanoseconds that a sweep moves by at least."""
FARTHEST = 8
"""How many times the length of a call a sweep moves by at most."""


def crowded(play: Play) -> int:
    """How many times the bound an interruption may be late where calls wait for a processor."""
    return CROWDED * -(-play.options.many // SATURATED)


def rounds(play: Play, fewer: int = 1) -> int:
    """How often something is tried over and over: as often as was asked for, or so many times fewer."""
    return max(FEWEST, play.options.rounds // fewer)


def sweep(play: Play, stage: Stage, answer: str, rounds: int, *, bounds: int = 1) -> None:
    """Let the deadline pass at the end of a call, over and over: its answer or an interruption, nothing else.

    A quarter of the rounds goes from before the call until well after it; the others stay where the answer
    changes, as close as they can. Where it does not change, as when the machine has become slower, they look
    farther away every time.
    """
    whole = median(duration(play, stage, answer) for _ in range(3))
    step = max(round(whole / 32), STEP)
    coarse = rounds // 4
    edge: float = whole
    pace: float = step
    seen: set[type[Outcome]] = set()
    outcome: Outcome = Interrupted(Cause.DEADLINE)
    for turn in range(rounds):
        timeout = 2 * whole * turn / coarse if turn < coarse else edge
        limits, expected, before = Limits(timeout=round(timeout)), f"interrupted or {answer}", outcome
        try:
            outcome = play.call(stage, limits, expected, bounds=bounds)
        except Over as over:
            if not isinstance(before, Interrupted):  # the same instance
                over.add(f"the call before it on this instance had ended by itself, with {describe(before)}")
            raise
        seen.add(type(outcome))
        pace = min(2 * pace, FARTHEST * whole) if type(outcome) is type(before) else step
        if isinstance(outcome, Interrupted):
            edge = max(edge, timeout) + pace
            play.again(stage)
        else:
            edge = min(edge, timeout) - pace
    play.check(len(seen) == 2, "the sweep missed the end of the call: every answer was the same")


def duration(play: Play, stage: Stage, answer: str) -> int:
    """Nanoseconds that the call takes, which must come to this."""
    finite = Limits(timeout=play.options.finite)
    (report,) = stage.submit(finite).reports(patience=play.options.setup / S)
    play.judge(report.outcome, None, answer, results=stage.program.results)
    return (report.ended or 0) - (report.started or 0)


def cancel(
    play: Play, stage: Stage, *, limits: Limits | None = None, times: int = 1, bounds: int = 1
) -> Outcome:
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
    late = lateness(report, min(told))
    return play.judge(report.outcome, late, "interrupted", "cancel", bounds=bounds)


def cancel_and_close(play: Play, stage: Stage, rounds: int, *, bounds: int = 1) -> None:
    """Cancel a call and close its instance at once, in either order: one of them stops it."""
    for turn in range(rounds):
        job = play.start(stage, Limits())
        close = partial(stage.worker.close_instance, stage.instance)
        both: list[Callable[[], object]] = [job.cancel, close]
        told = time.monotonic_ns()
        for stop in both if turn % 2 else reversed(both):
            stop()
        (report,) = job.reports(patience=play.options.patience / S)
        way: Way = "close" if report.outcome == Interrupted(Cause.CLOSED) else "cancel"
        play.judge(report.outcome, lateness(report, told), "interrupted", way, bounds=bounds)
        play.again(stage)


def cancelled(play: Play, job: Job) -> None:
    """Cancel a call that runs; it must be interrupted."""
    told = job.cancel()
    (report,) = job.reports(patience=play.options.patience / S)
    play.judge(report.outcome, lateness(report, told), "interrupted", "cancel", bounds=crowded(play))


@contextmanager
def saturated(play: Play) -> Iterator[Stage]:
    """More endless calls than processors, in instances of their own; a stage beside them, whose call is free.

    They run on until the end, when all of them are cancelled.
    """
    stages = play.beside(play.stage("loop-and-more"), max(SATURATED, play.options.many) + 1)
    jobs = [play.start(stage, Limits()) for stage in stages[1:]]
    yield stages[0]
    play.check(not any(job.complete for job in jobs), "a neighbour was stopped too")
    for job in jobs:
        cancelled(play, job)
