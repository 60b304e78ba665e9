"""Whether cancellation changes what a script comes to: the same script on and off, command by command.

Values are compared to the bit, traps by their kind, and when all commands have run every exported global and
memory. Handles of references are an engine's own affair: they are compared by the order in which they come.
The standard leaves some results open (bits of NaNs, relaxed instructions, growth): an engine may choose, but
not by this option. What comes out differently when the script runs off once more is not the option's doing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from msgspec.structs import replace

from harness.outcome import Crashed, Exited, Interrupted, Returned, Trapped
from harness.results import CommandFailure
from harness.wast.judge import describe
from harness.wast.runner import verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from harness.outcome import Outcome
    from harness.results import SpecResult
    from harness.wast.runner import Played, Runner
    from harness.wast.suite import Script

CONTROLS = 3
"""How often a script runs off again, at most, where there is a difference: to see what differs by itself."""
_HANDLED = frozenset({"func", "struct", "array", "exn"})
"""The references that an engine names as it likes."""
_Told: TypeAlias = tuple[object, ...]


def run_both(script: Script, on: Runner, off: Runner) -> SpecResult:
    """Run a script on and off; the result is that of `on`, with what was different off.

    Raises what `harness.wast.runner.Runner.play` raises.
    """
    played, first = on.play(script), off.play(script)
    different = _different(first, played)
    for _ in range(CONTROLS):
        if different:
            different -= _different(first, off.play(script))
    # an engine offers the same features in all its processes, so the same commands apply
    places = [(step.line, step.keyword) for step in played.plan.steps]
    places += [(reading.line, reading.what) for reading in played.plan.readings]
    outcomes = zip(places, first.outcomes + first.state, played.outcomes + played.state, strict=True)
    differs = [
        CommandFailure(line=line, command=command, expected=describe(without), got=describe(with_))
        for index, ((line, command), without, with_) in enumerate(outcomes)
        if index in different
    ]
    return replace(verdict(played), differs=tuple(differs))


def _different(one: Played, other: Played) -> set[int]:
    """The positions, of steps and then of readings, where two runs of a script parted."""
    pairs = zip(told(one.outcomes + one.state), told(other.outcomes + other.state), strict=True)
    return {index for index, (left, right) in enumerate(pairs) if left != right}


def told(outcomes: Iterable[Outcome]) -> Iterator[_Told]:
    """What is compared of each outcome of a run."""
    names: dict[tuple[str, str], int] = {}
    for outcome in outcomes:
        yield (type(outcome), *_particulars(outcome, names))


def _particulars(outcome: Outcome, names: dict[tuple[str, str], int]) -> Iterator[object]:
    """What counts of an outcome besides its kind: not what it says in words."""
    match outcome:
        case Returned():
            for value in outcome.values:
                bits: object = value.bits
                if value.type in _HANDLED and value.bits is not None:
                    bits = names.setdefault((value.type, value.bits), len(names))
                yield value.type, bits
        case Trapped():
            yield outcome.kind
        case Interrupted():
            yield outcome.cause
        case Exited() | Crashed():
            yield outcome.status
