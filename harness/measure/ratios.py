"""Ratios of paired measurements, and how sure one can be of them."""

from __future__ import annotations

import math
import random
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

RESAMPLES = 2000
CONFIDENCE = 0.95


class Ratio(NamedTuple):
    """A ratio with its bootstrap interval."""

    ratio: float
    low: float
    high: float


def paired(below: Sequence[float], above: Sequence[float]) -> Ratio:
    """The median of the pairs' ratios above / below, and its 95 % interval.

    The interval is the percentile bootstrap's over the pairs; the same samples give the same one. Raises
    ValueError where there are no pairs.
    """
    if not below:
        raise ValueError("there are no pairs")
    ratios = [a / b for a, b in zip(above, below, strict=True)]
    chance = random.Random(0)
    medians = sorted(median(chance.choices(ratios, k=len(ratios))) for _ in range(RESAMPLES))
    outside = round(RESAMPLES * (1 - CONFIDENCE) / 2)
    return Ratio(median(ratios), medians[outside], medians[-1 - outside])


def geometric_mean(ratios: Iterable[float]) -> float:
    """The mean that suits ratios; raises ValueError where there are none."""
    logarithms = [math.log(ratio) for ratio in ratios]
    if not logarithms:
        raise ValueError("there are no ratios")
    return math.exp(math.fsum(logarithms) / len(logarithms))
