"""Latencies in short: a few percentiles, as far as the number of samples supports them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence


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
