"""Ratios on samples whose ratios are known."""

from __future__ import annotations

import random

import pytest

from harness.measure.ratios import geometric_mean, paired


def test_equal_pairs_leave_no_doubt() -> None:
    assert paired([10, 20, 30], [15, 30, 45]) == (1.5, 1.5, 1.5)


def test_the_median_of_the_pairs_counts_and_not_the_ratio_of_the_medians() -> None:
    # the machine becomes slower all the time; one side takes twice as long as the other, but for once
    below = [100.0, 200.0, 400.0, 800.0, 1600.0]
    above = [200.0, 400.0, 800.0, 1600.0, 16000.0]
    assert paired(below, above).ratio == 2.0


def test_one_pair() -> None:
    assert paired([4], [2]) == (0.5, 0.5, 0.5)


def test_the_interval_holds_the_ratio_and_shrinks_with_more_pairs() -> None:
    chance = random.Random(1)
    pairs = [(1.0, 1.1 * chance.uniform(0.8, 1.25)) for _ in range(400)]
    few, many = (paired(*zip(*pairs[:n], strict=True)) for n in (20, 400))
    for found in (few, many):
        assert found.low < found.ratio < found.high
        assert found.low < 1.1 < found.high
    assert many.high - many.low < (few.high - few.low) / 2


def test_the_interval_covers_the_truth_as_often_as_it_says() -> None:
    chance = random.Random(2)
    covered = 0
    for _ in range(100):
        above = [chance.lognormvariate(0.0, 0.2) for _ in range(15)]
        found = paired([1.0] * 15, above)
        covered += found.low <= 1.0 <= found.high
    assert 90 <= covered <= 100


def test_the_same_samples_give_the_same_interval() -> None:
    chance = random.Random(3)
    above = [chance.uniform(1, 2) for _ in range(15)]
    assert paired([1.0] * 15, above) == paired([1.0] * 15, above)


def test_no_pairs() -> None:
    with pytest.raises(ValueError, match="no pairs"):
        paired([], [])
    with pytest.raises(ValueError, match="zip"):
        paired([1], [1, 2])


def test_geometric_mean() -> None:
    assert geometric_mean([2.0, 8.0]) == pytest.approx(4.0)
    assert geometric_mean([0.5, 2.0]) == pytest.approx(1.0)
    assert geometric_mean([3.0]) == pytest.approx(3.0)
    with pytest.raises(ValueError, match="no ratios"):
        geometric_mean([])
