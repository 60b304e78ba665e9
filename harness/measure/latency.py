"""Latencies in short: a few percentiles, as far as the number of samples supports them, and a histogram."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Summary(NamedTuple):
    """A distribution of latencies, in the unit of the samples; None where there are too few to tell."""

    n: int
    p50: int | None
    p90: int | None
    p99: int | None
    max: int | None


def summarise(samples: Sequence[int]) -> Summary:
    """Percentiles and the greatest of the samples, in any order."""
    ordered = sorted(samples)
    p50, p90, p99 = (percentile(ordered, percent) for percent in (50, 90, 99))
    return Summary(len(ordered), p50, p90, p99, ordered[-1] if ordered else None)


def percentile(ordered: Sequence[int], percent: int) -> int | None:
    """The least sample that `percent` of a hundred do not exceed (nearest rank).

    None where that says no more than the maximum: the 99th percentile takes a hundred samples, the 90th ten.
    """
    if not ordered or (percent > 50 and len(ordered) * (100 - percent) < 100):
        return None
    rank = -(-percent * len(ordered) // 100)
    return ordered[max(rank, 1) - 1]


class Bin(NamedTuple):
    """One bar of a histogram: `n` samples are at least `low` and less than `high`."""

    low: float
    high: float
    n: int


def histogram(samples: Iterable[int], per_decade: int = 5) -> tuple[Bin, ...]:
    """Samples by their order of magnitude, in bins of equal width on a log scale, so many to a factor of ten.

    The edges are the same for any samples (1, 10, 100 ... are among them), so that histograms can be compared
    and added. The bins follow each other from the least sample to the greatest; less than 1 counts as 1.
    """
    counted = Counter(_bin(max(sample, 1), per_decade) for sample in samples)
    if not counted:
        return ()
    return tuple(
        Bin(_edge(place, per_decade), _edge(place + 1, per_decade), counted[place])
        for place in range(min(counted), max(counted) + 1)
    )


def _edge(place: int, per_decade: int) -> float:
    decade, step = divmod(place, per_decade)
    edge: float = 10**decade if step == 0 else 10 ** (place / per_decade)
    return edge


def _bin(sample: int, per_decade: int) -> int:
    place = math.floor(math.log10(sample) * per_decade)
    # logarithms are rounded: the edges decide
    while sample < _edge(place, per_decade):
        place -= 1
    while sample >= _edge(place + 1, per_decade):
        place += 1
    return place
