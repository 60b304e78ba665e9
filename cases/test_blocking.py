"""Calls that wait."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from harness.outcome import Interrupted
from harness.sandbox.protocol import Limits
from harness.scenarios.judge import due, lateness
from harness.scenarios.options import MS, S

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from harness.scenarios.play import Play

ROUNDS = 50
TIMEOUT = 10 * MS


def test_atomic_notify_race(case: AbstractContextManager[Play]) -> None:
    """A notification races the deadline of a wait: woken or interrupted, and never left waiting."""
    with case as play:
        waiter, notifier = play.beside(play.stage("atomic-notify-race"), 2)
        play.covered(waiter, "blocking")
        for turn in range(ROUNDS):
            job = play.start(waiter, Limits(timeout=TIMEOUT))
            time.sleep((TIMEOUT + (turn - ROUNDS // 2) * MS // 20) / S)
            play.answer(notifier, "notify")
            (report,) = job.reports(patience=play.options.patience / S)
            told = due(report, job.sent or 0, TIMEOUT)
            late = lateness(report, told) if isinstance(report.outcome, Interrupted) else None
            play.judge(report.outcome, late, "interrupted or returns 0", results=("i32",))
            play.again(waiter)
