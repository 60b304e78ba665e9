"""How fast an engine is: a kernel each, against a native build of the same kernel."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from harness.measure import native, sides
from harness.measure import pairs as in_pairs
from harness.measure.overhead import PAIRS, Comparison
from harness.results import SpeedResult

if TYPE_CHECKING:
    from harness.measure.pairs import Pairs
    from harness.registry import Choice
    from harness.scenarios.catalogue import Scenario


def measure(kernel: Scenario, choice: Choice, pairs: int = PAIRS) -> SpeedResult:
    """An engine against native.

    Raises `harness.measure.native.NotNative`, `harness.measure.sides.Unmeasurable`, `FixtureError`, and what
    starting a worker raises.
    """
    tool = native.toolchain()
    found = _in_pairs(kernel, choice, tool, pairs)
    return SpeedResult(
        kernel=kernel.id,
        interruptible=choice.interruptible,
        native=found.base,
        engine=found.other,
        control=found.control,
        processes=found.processes,
        **found.ratio._asdict(),
        noise=found.noise,
        toolchain=tool.name,
    )


def compare(kernel: Scenario, choice: Choice, pairs: int = PAIRS) -> Comparison:
    """The same as a comparison; raises what `measure` raises."""
    found = _in_pairs(kernel, choice, native.toolchain(), pairs)
    return Comparison(kernel.id, found.other, found.base, *found.ratio, noise=found.noise)


def _in_pairs(kernel: Scenario, choice: Choice, tool: native.Toolchain, pairs: int) -> Pairs:
    with native.built(kernel, tool) as program:
        one, other = partial(native.running, kernel, program), partial(sides.kernel, kernel, choice)
        return in_pairs.measure(one, other, sides.works(kernel), pairs)
