"""From a value to its place on an axis, in percent of its length."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from harness.duration import show
from harness.report.text import count

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from harness.results import Unit

_STEPS = (1, 2, 5)
"""What the labels of an axis begin with."""
ROOM = 10
"""Percent of a long axis that a label needs."""
ROOMY = 20
"""And of a short one."""
_RATIOS = (0.01, 0.1, 0.2, 0.5, 0.8, 0.9, 1.0, 1.1, 1.2, 1.5, 2.0, 3.0, 5.0, 10.0, 20.0, 50.0, 100.0, 1000.0)
_SPREAD = 8
"""From the smallest to the largest value so many times, and equal distances are equal ratios."""


class Log(NamedTuple):
    """Equal distances are equal ratios; both ends are more than nothing."""

    low: float
    high: float

    def at(self, value: float) -> float:
        """The place of a value; what lies outside is at the end."""
        if value <= self.low:
            return 0.0
        place = 100 * math.log(value / self.low) / math.log(self.high / self.low)
        return min(place, 100.0)

    def ticks(self) -> list[float]:
        """Where labels go."""
        decades = round(math.log10(self.high / self.low), 6)
        if decades >= 2:
            first = math.ceil(math.log10(self.low) - 1e-9)
            last = math.floor(math.log10(self.high) + 1e-9)
            return apart(self, [10.0**exponent for exponent in range(first, last + 1)])
        first = math.floor(math.log10(self.low))
        last = math.ceil(math.log10(self.high))
        steps = [step * 10.0**exponent for exponent in range(first, last + 1) for step in _STEPS]
        return apart(self, [step for step in steps if self.low <= step <= self.high])


class Linear(NamedTuple):
    """Equal distances are equal differences."""

    low: float
    high: float

    def at(self, value: float) -> float:
        """The place of a value; what lies outside is at the end."""
        place = 100 * (value - self.low) / (self.high - self.low)
        return max(0.0, min(place, 100.0))

    def ticks(self) -> list[float]:
        """Where labels go."""
        rough = (self.high - self.low) / 4
        power = 10.0 ** math.floor(math.log10(rough))
        step = next(step * power for step in (*_STEPS, 10) if step * power >= rough * 0.999)
        first = math.ceil(self.low / step - 1e-9)
        last = math.floor(self.high / step + 1e-9)
        return [round(number * step, 12) for number in range(first, last + 1)]


Scale: TypeAlias = Log | Linear


def ticks(scale: Scale, unit: Unit) -> list[float]:
    """Where labels of a unit go: bytes at powers of two or multiples of one, counts at whole numbers."""
    if unit == "count":
        return [tick for tick in scale.ticks() if tick == round(tick)]
    if unit != "bytes":
        return scale.ticks()
    if isinstance(scale, Log):
        first, last = math.ceil(math.log2(scale.low)), math.floor(math.log2(scale.high))
        return apart(scale, [2.0**exponent for exponent in range(first, last + 1)], ROOMY)
    step = 2.0 ** math.ceil(math.log2((scale.high - scale.low) / 4))
    first, last = math.ceil(scale.low / step), math.floor(scale.high / step)
    return [number * step for number in range(first, last + 1)]


def apart(scale: Scale, ticks: Iterable[float], room: float = ROOM) -> list[float]:
    """Of the ticks, in their order, those that leave so much room, in percent, for each other's labels."""
    kept: list[float] = []
    for tick in ticks:
        if not kept or scale.at(tick) - scale.at(kept[-1]) >= room:
            kept.append(tick)
    return kept


def decades(values: Iterable[float]) -> Log:
    """A logarithmic axis between powers of ten, around all values that are more than nothing."""
    found = [value for value in values if value > 0] or [1.0, 10.0]
    low = math.floor(math.log10(min(found)))
    high = math.ceil(math.log10(max(found)))
    return Log(10.0**low, 10.0 ** max(high, low + 1))


def ratios(values: Iterable[float]) -> Log:
    """A logarithmic axis around ratios, with 1 on it and room at the ends."""
    found = [value for value in values if value > 0]
    low, high = min([0.95, *found]), max([1.2, *found])
    return Log(low / 1.04, high * 1.04)


def ratio_ticks(scale: Log) -> Iterator[float]:
    """Where labels go on an axis of ratios: 1 is always one of them."""
    kept = [1.0]
    for tick in sorted(_RATIOS, key=lambda ratio: abs(math.log(ratio))):
        if scale.low <= tick <= scale.high and all(
            abs(scale.at(tick) - scale.at(other)) >= ROOMY for other in kept
        ):
            kept.append(tick)
    yield from sorted(kept)


def suiting(values: Iterable[float], *, around: Iterable[float] = ()) -> Scale:
    """The axis that suits values: logarithmic if they are far apart and all of them more than nothing.

    A linear one begins at nothing, unless `around` says what it must show besides.
    """
    found = [*values, *around]
    low, high = min(found), max(found)
    if low > 0 and high / low >= _SPREAD:
        return Log(low, high)
    low = min(low, 0.0) if not around else low
    return Linear(low, high if high > low else low + 1)


def label(value: float, unit: Unit) -> str:
    """A value on an axis."""
    match unit:
        case "ns":
            return show(value)
        case "ratio":
            return f"{value:g}×"
        case "bytes":
            return size(value)
        case "count":
            return count(round(value)) if value >= 10 or value == round(value) else f"{value:g}"


def size(number: float) -> str:
    """Bytes, to be read: ``512 B``, ``64 KiB``, ``1.5 GiB``."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if abs(number) < 1024 or unit == "GiB":
            return f"{round(number)} {unit}" if abs(number) >= 100 else f"{number:.3g} {unit}"
        number /= 1024
    raise AssertionError("every number has a unit")
