"""Ratios of paired measurements, how sure one can be of them, and when one cannot be.

Nothing here measures: it is all arithmetic on samples, and the same samples give the same answer.
"""

from __future__ import annotations

import math
import random
from statistics import NormalDist, median
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

RESAMPLES = 2000
CONFIDENCE = 0.95
WIDEST = 1.15
"""How many times its lower bound the upper bound of an interval may be, for ratios of up to e."""
DRIFT = 1.03
"""How far from 1 the interval of a ratio may lie that should be 1, likewise."""

TOO_NOISY = "too noisy to say"
"""What stands where a ratio would, if there is noise."""


class Ratio(NamedTuple):
    """A ratio with its interval: the bootstrap's, wider by what so few pairs do not show."""

    ratio: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.ratio:.3f} ({self.low:.3f} to {self.high:.3f})"


def paired(below: Sequence[float], above: Sequence[float], processes: int = 1) -> Ratio:
    """The median of the pairs' ratios above / below, and its 95 % interval.

    The pairs divide evenly among so many sets of processes, in order. What is drawn again and again for the
    interval (percentile bootstrap) is sets, and pairs within each: how a process happens to lie in memory
    shifts all of its pairs alike, and pairs alone would not show it. Few samples scatter less than what they
    are drawn from, so the interval is as much wider as Student's t says, by the number of pairs: too little
    where sets differ more than the pairs within them. One pair bounds nothing. Raises ValueError where there
    are none.
    """
    if not below:
        raise ValueError("there are no pairs")
    ratios = [a / b for a, b in zip(above, below, strict=True)]
    if len(ratios) % processes:
        raise ValueError(f"{len(ratios)} pairs do not divide among {processes} sets")
    if len(ratios) == 1:
        return Ratio(ratios[0], 0.0, math.inf)
    each = len(ratios) // processes
    clusters = [ratios[first : first + each] for first in range(0, len(ratios), each)]
    chance = random.Random(0)
    medians = sorted(
        median(
            ratio
            for cluster in chance.choices(clusters, k=processes)
            for ratio in chance.choices(cluster, k=each)
        )
        for _ in range(RESAMPLES)
    )
    outside = round(RESAMPLES * (1 - CONFIDENCE) / 2)
    middle, wider = median(ratios), _expansion(len(ratios))
    low, high = (middle + wider * (bound - middle) for bound in (medians[outside], medians[-1 - outside]))
    return Ratio(middle, max(low, 0.0), high)


def _expansion(n: int) -> float:
    """How many times as wide as the bootstrap's an interval from `n` samples has to be.

    Hesterberg, What Teachers Should Know About the Bootstrap (2015), on narrowness bias: the bootstrap takes
    the spread of samples for the spread of what they come from, and the normal distribution for Student's.
    """
    z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
    return student(z, n - 1) / z * math.sqrt(n / (n - 1))


def student(z: float, freedom: int) -> float:
    """The quantile of Student's t distribution where the normal one has `z`, within 2 % from 2 degrees on.

    Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.5.
    """
    terms: tuple[float, ...] = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + sum(term / float(freedom) ** order for order, term in enumerate(terms, start=1))


def noise(ratio: Ratio, control: Ratio) -> str:
    """Why the machine was too noisy to believe a ratio, in one line; empty if it was not.

    `control` was measured in the same run in the same way, with nothing to tell its two sides apart. The
    farther a ratio lies from 1, the less exactly it has to be known: the bounds grow with its logarithm, so
    that 20 may be said of what is 17 to 25, while 1.05 may not be said of what is 0.9 to 1.2.
    """
    scale = max(1.0, abs(math.log(ratio.ratio)))
    widest, drift = WIDEST**scale, DRIFT**scale
    for what, found in (("the control's interval", control), ("the interval", ratio)):
        if found.high > widest * found.low:
            return (
                f"{what} is {found.low:.3f} to {found.high:.3f}, "
                f"wider than {widest - 1:.0%} of its lower bound"
            )
    if control.low > drift or control.high < 1 / drift:
        return f"the same against itself came to {control}, off 1 by more than {drift - 1:.0%}"
    return ""


def geometric_mean(ratios: Iterable[float]) -> float:
    """The mean that suits ratios; raises ValueError where there are none."""
    logarithms = [math.log(ratio) for ratio in ratios]
    if not logarithms:
        raise ValueError("there are no ratios")
    return math.exp(math.fsum(logarithms) / len(logarithms))
