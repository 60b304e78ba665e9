"""What being interruptible costs, and how two engines compare, a kernel each."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from harness.measure import pairs as in_pairs
from harness.measure.sides import kernel as running
from harness.measure.sides import works
from harness.registry import Choice
from harness.results import OverheadResult

if TYPE_CHECKING:
    from harness.scenarios.catalogue import Scenario

PAIRS = 15


class Comparison(NamedTuple):
    """One kernel on two engines, measured in pairs in one run."""

    kernel: str
    a: tuple[int, ...]
    """Nanoseconds of processor time, a pair each."""
    b: tuple[int, ...]
    ratio: float
    """Median of the pairs' a / b: below one, a is faster."""
    low: float
    high: float
    noise: str
    """Why the machine was too noisy to believe the ratio, in one line; empty if it was not."""


def measure(kernel: Scenario, engine: str, pairs: int = PAIRS) -> OverheadResult:
    """Cancellation on against off.

    Raises `harness.measure.sides.Unmeasurable`, `FixtureError`, and what starting a worker raises.
    """
    off, on = (partial(running, kernel, Choice(engine, interruptible=it)) for it in (False, True))
    found = in_pairs.measure(off, on, works(kernel), pairs)
    return OverheadResult(
        kernel=kernel.id,
        off=found.base,
        on=found.other,
        control=found.control,
        processes=found.processes,
        **found.ratio._asdict(),
        noise=found.noise,
    )


def compare(kernel: Scenario, a: Choice, b: Choice, pairs: int = PAIRS) -> Comparison:
    """One engine against another; raises what `measure` raises."""
    found = in_pairs.measure(partial(running, kernel, b), partial(running, kernel, a), works(kernel), pairs)
    return Comparison(kernel.id, found.other, found.base, *found.ratio, noise=found.noise)
