"""Whether a process rests: on a clock that is made up."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest

from harness.scenarios import Options, run
from harness.scenarios.judge import BUSY
from harness.scenarios.options import MS, S

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.sandbox.supervisor import Worker

OPTIONS = Options(idle=50 * MS, settle=1 * S)


class Machine:
    """A worker and its clock, in milliseconds; `computes` says whether it does, in each of them."""

    def __init__(self, computes: Callable[[int], bool]) -> None:
        self.now = 0
        self.used = 0
        self.computes = computes

    def cpu_time(self) -> float:
        return self.used / 1000

    def sleep(self, seconds: float) -> None:
        for _ in range(round(seconds * 1000)):
            self.used += self.computes(self.now)
            self.now += 1

    def monotonic(self) -> float:
        return self.now / 1000

    def monotonic_ns(self) -> int:
        return self.now * MS


def rests(_: int) -> bool:
    return False


def burns(_: int) -> bool:
    return True


def pauses(now: int) -> bool:
    return now % 100 < 40


def pauses_first(now: int) -> bool:
    return now % 100 >= 60


def pauses_long(now: int) -> bool:
    return now % 420 < 300


def settles(now: int) -> bool:
    return now < 990


def ticks(now: int) -> bool:
    return now % 25 == 0


@pytest.mark.parametrize(
    ("computes", "thorough", "at_rest", "milliseconds"),
    [
        (rests, False, True, 50),
        (rests, True, True, 200),
        (ticks, False, True, 50),
        (ticks, True, True, 200),
        (burns, False, False, 1250),
        (burns, True, False, 1200),
        (pauses, False, False, 1250),
        (pauses, True, False, 1200),
        (pauses_first, False, True, 50),
        (pauses_first, True, False, 1200),
        (pauses_long, False, False, 1250),
        (settles, False, True, 1250),
        (settles, True, True, 1200),
    ],
)
def test_busy(
    monkeypatch: pytest.MonkeyPatch,
    computes: Callable[[int], bool],
    thorough: bool,
    at_rest: bool,
    milliseconds: int,
) -> None:
    """What rests costs one look; pauses that are taken for rest at a first look, a thorough one finds."""
    machine = Machine(computes)
    monkeypatch.setattr(run, "time", machine)
    share = run.busy(cast("Worker", machine), OPTIONS, thorough=thorough)
    assert (share < BUSY, machine.now) == (at_rest, milliseconds)
