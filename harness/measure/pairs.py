"""Two things measured against each other, in turn, in pairs, in fresh processes and in the same ones.

A pair is one measurement of the *base* and one of the *other*. With each goes one of the *control*, which is
the base once more in a process of its own: what this machine makes of no difference at all.

Pairs come in sets. Within a set the processes are the same; each set has fresh ones. Processor time comes
from the operating system, and whatever else the machine does meanwhile hits all sides alike.
"""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import TYPE_CHECKING, Generic, NamedTuple, Protocol, TypeAlias, TypeVar

from harness.measure import ratios
from harness.scenarios.options import S

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from harness.measure.ratios import Ratio

SET = 3
"""Pairs in the same processes; fewer would say nothing."""
MORE = 2
"""How many times as many sets are measured at most, where the machine is too noisy."""
SAMPLE = 0.02
"""Seconds of processor time that a measurement should have at least: short work is done several times."""
WARM = 0.04
"""Seconds of processor time that each side of each set works before anything counts."""
SHORT = 0.002
"""Seconds of processor time up to which work is so short that more of it suits better."""
LONG = 1.0
"""Seconds of processor time from which on work is so long that one set of pairs has to do."""
_TICK = 1e-6
"""Seconds: nothing is taken to be shorter."""

Work = TypeVar("Work")
_Work = TypeVar("_Work", contravariant=True)


class Side(Protocol[_Work]):
    """What is measured, in a process that is ready for it."""

    def seconds(self, work: _Work, times: int) -> float:
        """Processor time of doing some work so many times."""


Open: TypeAlias = "Callable[[], AbstractContextManager[Side[Work]]]"
"""Makes a side ready in a fresh process, which ends with the context."""


class Pairs(NamedTuple):
    """Nanoseconds of processor time for the same work, a pair each."""

    base: tuple[int, ...]
    other: tuple[int, ...]
    control: tuple[int, ...]
    processes: int
    """Sets of fresh processes; the pairs divide evenly among them, in order."""

    @property
    def ratio(self) -> Ratio:
        """Other / base."""
        return ratios.paired(self.base, self.other, self.processes)

    @property
    def noise(self) -> str:
        """Why this says nothing; empty if it does."""
        return ratios.noise(self.ratio, ratios.paired(self.base, self.control, self.processes))


class _Plan(NamedTuple, Generic[Work]):
    work: Work
    times: tuple[int, ...]
    """How often each side does it for one measurement."""
    long: bool


def measure(
    base: Open[Work], other: Open[Work], works: Sequence[Work], pairs: int, *, short: float = SHORT
) -> Pairs:
    """At least so many pairs, rounded up to whole sets; more where they are too noisy.

    `works` are of growing size; the first that takes some side more than `short` seconds of processor time is
    the one. Raises what opening and measuring the sides raises.
    """
    opens = (base, other, base)
    wanted = math.ceil(pairs / SET)
    most = MORE * wanted
    found: tuple[list[int], ...] = ([], [], [])
    plan: _Plan[Work] | None = None
    done = 0
    while True:
        done += 1
        with ExitStack() as stack, ThreadPoolExecutor(len(opens)) as together:
            sides = list(together.map(stack.enter_context, (ready() for ready in opens)))
            if plan is None:
                plan = _fit(sides, works, short)
                most = 1 if plan.long else most
            _one_set(sides, plan, found)
        result = Pairs(tuple(found[0]), tuple(found[1]), tuple(found[2]), done)
        if done == most or (done >= wanted and not result.noise):
            return result


def _fit(sides: Sequence[Side[Work]], works: Sequence[Work], short: float) -> _Plan[Work]:
    """How much work suits all sides, and how often each does it."""
    for work in works:
        seconds = [_once(side, work) for side in sides]
        if max(seconds) > short:
            break
    times = tuple(math.ceil(SAMPLE / min(max(one, _TICK), SAMPLE)) for one in seconds)
    return _Plan(work, times, max(seconds) >= LONG)


def _once(side: Side[Work], work: Work) -> float:
    """Processor time of some work; the first time is no measure, since it may load, link or compile."""
    first = side.seconds(work, 1)
    return first if first >= LONG else min(first, side.seconds(work, 1))


def _one_set(sides: Sequence[Side[Work]], plan: _Plan[Work], into: Sequence[list[int]]) -> None:
    """Measure in turn, forwards and backwards; a set goes on where the last one ended."""
    turns = list(zip(sides, plan.times, into, strict=True))
    before = len(into[0])
    for side, times, _ in turns:
        warm = WARM if plan.long else 0.0
        while warm < WARM:
            warm += side.seconds(plan.work, times)
    for pair in range(before, before + SET):
        for side, times, found in turns if pair % 2 == 0 else reversed(turns):
            found.append(round(side.seconds(plan.work, times) / times * S))
