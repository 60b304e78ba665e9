"""When a measurement has changed, and when that is noise: the rules by which two runs are compared.

Two runs of one engine on one machine never measure the same. What counts as a change is therefore stated
here, coarsely, and asks for two things at once: that chance hardly does it, and that it is large enough to
matter.

- *One scenario*: every latency of one run is longer than every one of the other, of `SAMPLES` or more each;
  the median is `FACTOR` times and `AT_LEAST` longer; and it is longer by more than a busy machine explains,
  which is `COMMON` times the median change of all scenarios, and the latest that an engine that does nothing
  ever was in either run (`harness.measure.floor`).
- *All scenarios, told to stop in one way*: the 95 % interval of the median over scenarios of how their
  medians have changed lies beyond `SHIFT`, and beyond that times the change of the harness's own floor: a
  machine that was busier made both late.
- *Ratios* (overhead, cost, speed): their intervals are apart by `MARGIN`, and neither was too noisy to say.
- *Times of the processor*: every sample of one run is longer than every one of the other, and the median
  `TIMES` times as long.
"""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Protocol, TypeVar

from harness.measure.ratios import paired

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

K = TypeVar("K")

SAMPLES = 4
FACTOR = 3.0
AT_LEAST = 5_000_000
"""Nanoseconds."""
COMMON = 10
SHIFT = 1.5
SCENARIOS = 10
"""So few of them say nothing of all."""
MARGIN = 1.05
TIMES = 2.0


class Interval(Protocol):
    """A ratio with its interval, as the results have it."""

    @property
    def low(self) -> float: ...  # noqa: D102
    @property
    def high(self) -> float: ...  # noqa: D102
    @property
    def noise(self) -> str: ...  # noqa: D102


def longer(old: Sequence[int], new: Sequence[int], explained: float = 0) -> bool:
    """Whether the latencies of one scenario have become longer, by more than is `explained` (ns)."""
    more = median(new) - median(old)
    return apart(old, new) and median(new) >= FACTOR * median(old) and more >= max(AT_LEAST, explained)


def explained(old: Mapping[K, Sequence[int]], new: Mapping[K, Sequence[int]], floors: Iterable[int]) -> float:
    """How much longer (ns) latencies of one scenario may be for no reason of its own.

    `old` and `new` are samples by scenario; `floors` what was measured of an engine that does nothing.
    """
    changes = [abs(median(new[scenario]) - median(old[scenario])) for scenario in old if new.get(scenario)]
    common = median(changes) if len(changes) >= SCENARIOS else 0
    return max(COMMON * common, *floors, 0)


def apart(old: Sequence[int], new: Sequence[int]) -> bool:
    """Whether there are enough samples, and all new ones are beyond all old ones."""
    return min(len(old), len(new)) >= SAMPLES and min(new) > max(old)


def shifted(
    old: Mapping[K, Sequence[int]], new: Mapping[K, Sequence[int]], floor: float = 1.0
) -> float | None:
    """How many times longer latencies have become all over; None if not beyond noise.

    `old` and `new` are samples by scenario; `floor` is how many times longer those of an engine have become
    that does nothing.
    """
    both = [(median(old[one]), median(new[one])) for one in old if old[one] and new.get(one)]
    timed = [pair for pair in both if min(pair) > 0]
    if len(timed) < SCENARIOS:
        return None
    ratio = paired([was for was, _ in timed], [now for _, now in timed])
    return ratio.ratio if ratio.low > SHIFT * max(1.0, floor) else None


def higher(old: Interval, new: Interval) -> bool:
    """Whether a ratio has risen."""
    return not old.noise and not new.noise and new.low > MARGIN * old.high


def slower(old: Sequence[int], new: Sequence[int]) -> bool:
    """Whether the same work takes more of the processor."""
    return apart(old, new) and median(new) >= TIMES * median(old)
