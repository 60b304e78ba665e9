"""What it costs to make a module ready, cancellation on against off, by its size."""

from __future__ import annotations

from functools import partial
from statistics import median
from typing import TYPE_CHECKING, Literal

from harness.measure import pairs as in_pairs
from harness.measure import workloads
from harness.measure.sides import compiling, instantiating
from harness.registry import Choice
from harness.results import CostResult, CurveResult, Point

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager

    from harness.measure.pairs import Side
    from harness.scenarios.options import Options

FUNCTIONS = (1, 512, 16, 4, 128, 4096, 64)
"""Functions of a module; the most telling first: whoever wants few takes these."""
_READY: Mapping[str, Callable[[Choice], AbstractContextManager[Side[int]]]] = {
    "compile": compiling,
    "instantiate": instantiating,
}


def measure(what: Literal["compile", "instantiate"], engine: str, options: Options) -> list[CostResult]:
    """A result for each of some sizes, growing.

    Raises `harness.measure.sides.Unmeasurable`, and what starting a worker raises.
    """
    ready = _READY[what]
    off, on = (partial(ready, Choice(engine, interruptible=it)) for it in (False, True))
    results = []
    for functions in sorted(FUNCTIONS[: options.points]):
        found = in_pairs.measure(off, on, [functions], options.pairs)
        results.append(
            CostResult(
                what=what,
                module=f"{functions} functions" if functions > 1 else "1 function",
                size=len(workloads.functions(functions)),
                off=found.base,
                on=found.other,
                control=found.control,
                processes=found.processes,
                **found.ratio._asdict(),
                noise=found.noise,
            )
        )
    return results


def curves(results: Sequence[CostResult]) -> list[CurveResult]:
    """How the time of one of the two grows, off and on; `results` are all there are of it."""
    (what,) = {result.what for result in results}
    return [
        CurveResult(
            id=f"{what}-by-size",
            about=f"Processor time to {what} a module, by its size: least, median, greatest.",
            axis="module [bytes]",
            measure=f"time to {what}",
            unit="ns",
            interruptible=interruptible,
            points=tuple(
                Point(at=result.size, low=min(times), middle=median(times), high=max(times))
                for result in results
                for times in [result.on if interruptible else result.off]
            ),
        )
        for interruptible in (False, True)
    ]
