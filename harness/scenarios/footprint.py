"""What a process holds while it makes call after call: whether that levels off, and the curve.

Everything is asked of the operating system, from outside. Timers are seen as far as it keeps them: POSIX
timers by themselves, those of Linux's timerfd among the descriptors. A timer that an engine keeps in a
structure of its own shows only in its memory.
"""

from __future__ import annotations

from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from harness.results import CurveResult, Point

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from harness.results import Unit
    from harness.sandbox.supervisor import Worker

POINTS = 20
"""Of a curve, at most."""
SAMPLES = 4 * POINTS
"""Looks at the process, in all: a point is made of several."""


class Measure(NamedTuple):
    """Something that a process holds."""

    name: str
    unit: Unit
    slack: int
    """How much more there may be in the last quarter of the calls than in the one before it."""
    steady: bool
    """Whether none of it comes by itself, now and then: one more in every quarter is a leak then."""
    read: Callable[[Worker], int | None]


MEASURES = (
    # whoever keeps a pool of them starts one more now and then
    Measure("threads", "count", 2, False, lambda worker: worker.threads()),
    Measure("descriptors", "count", 2, True, lambda worker: worker.descriptors()),
    Measure("timers", "count", 2, True, lambda worker: worker.timers()),
    # allocators and collectors take from the system, and give back, in large pieces: V8 as evenly as a leak
    Measure("resident memory", "bytes", 8 << 20, False, lambda worker: worker.resident()),
)


class Footprint:
    """Looks at a process now and then while it makes `calls` calls."""

    def __init__(self, worker: Worker, calls: int) -> None:
        self._worker = worker
        self._every = max(1, calls // SAMPLES)
        self._at: list[int] = []
        self._samples: dict[Measure, list[int]] = {
            measure: [] for measure in MEASURES if measure.read(worker) is not None
        }

    def look(self, call: int) -> None:
        """After every call: take a sample where it is time for one."""
        if call % self._every == 0:
            self._at.append(call)
            for measure, samples in self._samples.items():
                samples.append(measure.read(self._worker) or 0)

    def growing(self) -> Iterator[str]:
        """What does not level off, in a line each."""
        for measure, samples in self._samples.items():
            grown = growth(samples)
            if grown[-1] > measure.slack:
                of = " of" if measure.unit == "bytes" else ""
                more = f"{_size(measure, grown[-1])}{of} {measure.name} more"
                yield f"{more} in the last quarter of {self._at[-1]} calls than before"
            elif measure.steady and min(grown) >= 1:
                yield f"{sum(grown):g} {measure.name} more, some in every quarter of {self._at[-1]} calls"

    def curves(self) -> Iterator[CurveResult]:
        """One curve a measure; none before the first sample."""
        size = -(-len(self._at) // POINTS)
        for measure, samples in self._samples.items() if self._at else ():
            places = range(0, len(samples), size)
            yield CurveResult(
                id=f"{measure.name.replace(' ', '-')}-by-calls",
                about=f"{measure.name} of a process that makes interrupted calls, one after the other; "
                f"up to {_size(measure, measure.slack)} more in the last quarter are let pass",
                axis="calls",
                measure=measure.name,
                unit=measure.unit,
                interruptible=True,
                points=tuple(_point(self._at[i : i + size], samples[i : i + size]) for i in places),
            )


def growth(samples: Sequence[int]) -> tuple[float, float, float]:
    """How much more there is in the second, the third and the last quarter than in the one before each.

    What grows at first and then stays is no leak. The median of each is what counts, so that no single sample
    decides: one may have been taken while a thread was about to end.
    """
    ends = [-(-quarter * len(samples) // 4) for quarter in range(5)]
    quarters = [samples[begin:end] for begin, end in pairwise(ends)]
    if not all(quarters):
        return 0, 0, 0
    first, second, third, last = (median(quarter) for quarter in quarters)
    return second - first, third - second, last - third


def _size(measure: Measure, count: float) -> str:
    return f"{count / (1 << 20):.1f} MiB" if measure.unit == "bytes" else f"{count:g}"


def _point(at: Sequence[int], samples: Sequence[int]) -> Point:
    return Point(at=median(at), low=min(samples), middle=median(samples), high=max(samples))
