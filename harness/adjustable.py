"""What a person may set of what a profile sets: fields of `harness.scenarios.Options`, each an option.

The plugin reads this in every pytest where stopwat is installed, so it imports next to nothing.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable


class Adjustable(NamedTuple):
    """An option with a number."""

    kind: Literal["time", "count"]
    """A duration, or a whole number from 1."""
    help: str
    laxer: Callable[[int, int], bool] | None
    """Whether the first value demands less than the second; None: neither does."""
    called: str = ""
    """What the option is called, if not by the name of the field."""


ADJUSTABLE = {
    "bound": Adjustable("time", "How late an interruption may come.", operator.gt),
    "patience": Adjustable("time", "How long to wait before killing.", None),
    "repetitions": Adjustable("count", "Calls to measure, a scenario each.", operator.lt),
    "pairs": Adjustable("count", "Measurements on and off, a kernel each.", operator.lt),
    "rounds": Adjustable("count", "Calls in a sweep over the end of a call.", operator.lt),
    "calls": Adjustable("count", "Interrupted calls in one process that must leave nothing.", operator.lt),
    "many": Adjustable(
        "count", "Calls beside each other, where neighbours are the point.", operator.lt, "instances"
    ),
}
