"""Ratios on samples whose ratios are known."""

from __future__ import annotations

import math
import random

import pytest

from harness.measure.ratios import Ratio, geometric_mean, noise, paired, student


def test_equal_pairs_leave_no_doubt() -> None:
    assert paired([10, 20, 30], [15, 30, 45]) == (1.5, 1.5, 1.5)


def test_the_median_of_the_pairs_counts_and_not_the_ratio_of_the_medians() -> None:
    # the machine becomes slower all the time; one side takes twice as long as the other, but for once
    below = [100.0, 200.0, 400.0, 800.0, 1600.0]
    above = [200.0, 400.0, 800.0, 1600.0, 16000.0]
    assert paired(below, above).ratio == 2.0


def test_one_pair_bounds_nothing() -> None:
    assert paired([4], [2]) == (0.5, 0.0, math.inf)


def test_the_interval_holds_the_ratio_and_shrinks_with_more_pairs() -> None:
    chance = random.Random(1)
    above = [1.1 * chance.uniform(0.8, 1.25) for _ in range(400)]
    few, many = (paired([1.0] * n, above[:n]) for n in (20, 400))
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


@pytest.mark.parametrize(("pairs", "processes"), [(3, 1), (6, 2), (9, 3), (15, 5)])
def test_few_pairs_do_not_claim_to_know_more_than_they_do(pairs: int, processes: int) -> None:
    chance = random.Random(5)
    covered = 0
    for _ in range(60):
        found = paired([1.0] * pairs, [chance.lognormvariate(0.0, 0.02) for _ in range(pairs)], processes)
        covered += found.low <= 1.0 <= found.high
    assert covered >= 51


def test_an_interval_of_something_positive_is_not_negative() -> None:
    assert paired([1.0] * 3, [0.1, 1.0, 9.0]).low == 0.0


@pytest.mark.parametrize(("freedom", "quantile"), [(2, 4.303), (5, 2.571), (8, 2.306), (29, 2.045)])
def test_student(freedom: int, quantile: float) -> None:
    assert student(1.959964, freedom) == pytest.approx(quantile, rel=0.02)


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


def test_the_interval_covers_the_truth_also_where_processes_differ() -> None:
    chance = random.Random(4)
    covered = {1: 0, 5: 0}
    for _ in range(50):
        above = [
            process * chance.lognormvariate(0.0, 0.01)
            for process in (chance.lognormvariate(0.0, 0.03) for _ in range(5))
            for _ in range(3)
        ]
        for processes in covered:
            found = paired([1.0] * 15, above, processes)
            covered[processes] += found.low <= 1.0 <= found.high
    assert covered[5] >= 42
    assert covered[1] < 40


def test_pairs_divide_among_processes() -> None:
    with pytest.raises(ValueError, match="4 pairs do not divide among 3"):
        paired([1.0] * 4, [1.0] * 4, 3)


QUIET = Ratio(1.0, 0.99, 1.01)


@pytest.mark.parametrize(
    ("ratio", "control", "why"),
    [
        (Ratio(1.2, 1.15, 1.3), QUIET, ""),
        (Ratio(30.0, 28.0, 32.0), QUIET, ""),
        (Ratio(20.0, 17.0, 25.0), Ratio(1.0, 0.85, 1.2), ""),
        (Ratio(0.05, 0.04, 0.06), Ratio(1.06, 1.05, 1.07), ""),
        (
            Ratio(20.0, 16.0, 25.0),
            QUIET,
            "the interval is 16.000 to 25.000, wider than 52% of its lower bound",
        ),
        (
            Ratio(20.0, 19.0, 21.0),
            Ratio(1.0, 0.8, 1.3),
            "the control's interval is 0.800 to 1.300, wider than 52%",
        ),
        (Ratio(1.2, 1.0, 1.2), QUIET, "the interval is 1.000 to 1.200, wider than 15% of its lower bound"),
        (
            QUIET,
            Ratio(1.0, 0.9, 1.1),
            "the control's interval is 0.900 to 1.100, wider than 15% of its lower",
        ),
        (QUIET, Ratio(1.05, 1.04, 1.06), "the same against itself came to 1.050 (1.040 to 1.060), off 1"),
        (QUIET, Ratio(0.95, 0.94, 0.96), "the same against itself came to 0.950 (0.940 to 0.960), off 1"),
        (QUIET, Ratio(1.02, 1.01, 1.03), ""),
        (QUIET, Ratio(1.05, 1.01, 1.06), ""),
    ],
)
def test_noise(ratio: Ratio, control: Ratio, why: str) -> None:
    assert noise(ratio, control).startswith(why)
    assert bool(noise(ratio, control)) is bool(why)
