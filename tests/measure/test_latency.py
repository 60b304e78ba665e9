"""Percentiles and histograms of samples for which they are known."""

from __future__ import annotations

from itertools import pairwise

import pytest

from harness.measure.latency import Bin, Summary, histogram, percentile, summarise


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


def test_a_histogram_has_equal_bins_on_a_log_scale() -> None:
    bins = histogram([1_000_000, 1_500_000, 1_600_000, 9_999_999, 10_000_000])
    assert [bar.n for bar in bins] == [2, 1, 0, 0, 1, 1]
    assert bins[0].low == 1_000_000
    assert bins[5].low == 10_000_000
    for bar, following in pairwise(bins):
        assert bar.high == following.low
        assert bar.high / bar.low == pytest.approx(10 ** (1 / 5))


def test_no_sample_is_lost_and_each_is_in_its_bin() -> None:
    samples = [*range(1, 2000), *(10**decade + step for decade in range(1, 12) for step in (-1, 0, 1))]
    for per_decade in (1, 3, 5, 10):
        bins = histogram(samples, per_decade)
        for bar in bins:
            assert bar.n == sum(bar.low <= sample < bar.high for sample in samples)
        assert sum(bar.n for bar in bins) == len(samples)


@pytest.mark.parametrize(
    ("samples", "bins"),
    [([], ()), ([7], (Bin(10 ** (4 / 5), 10, 1),)), ([0], (Bin(1, 10 ** (1 / 5), 1),))],
)
def test_small_histograms(samples: list[int], bins: tuple[Bin, ...]) -> None:
    assert histogram(samples) == bins
