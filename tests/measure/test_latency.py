"""Percentiles on samples whose percentiles are known."""

from __future__ import annotations

import pytest

from harness.measure.latency import Summary, percentile, summarise


@pytest.mark.parametrize(
    ("samples", "summary"),
    [
        ([], Summary(0, None, None, None, None)),
        ([7], Summary(1, 7, None, None, 7)),
        ([1, 2], Summary(2, 1, None, None, 2)),
        ([3, 1, 2], Summary(3, 2, None, None, 3)),
        (range(1, 10), Summary(9, 5, None, None, 9)),
        (range(1, 11), Summary(10, 5, 9, None, 10)),
        (range(10, 0, -1), Summary(10, 5, 9, None, 10)),
        (range(1, 100), Summary(99, 50, 90, None, 99)),
        (range(1, 101), Summary(100, 50, 90, 99, 100)),
        ([5] * 99 + [1000], Summary(100, 5, 5, 5, 1000)),
        ([5] * 98 + [900, 1000], Summary(100, 5, 5, 900, 1000)),
        (range(1, 1001), Summary(1000, 500, 900, 990, 1000)),
    ],
)
def test_summarise(samples: list[int], summary: Summary) -> None:
    assert summarise(samples) == summary


def test_a_percentile_is_a_sample_that_so_many_do_not_exceed() -> None:
    ordered = [value * value for value in range(250)]
    for percent in range(1, 100):
        found = percentile(ordered, percent)
        assert found in ordered
        assert sum(value <= found for value in ordered) >= percent * len(ordered) / 100
        assert sum(value < found for value in ordered) < percent * len(ordered) / 100
