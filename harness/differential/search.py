"""Looks for the smallest calls that part the engines; deterministic, for a seed."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, NamedTuple

from hypothesis import HealthCheck, Phase, find, settings
from hypothesis.errors import Flaky, NoSuchExample

from harness.differential.subject import Call
from harness.differential.vote import Vote, vote
from harness.generate.values import BITS
from harness.outcome import Number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from hypothesis.strategies import SearchStrategy

    from harness.differential.panel import Panel

LONGEST = 5
"""Calls of one instance, one after the other."""


class Difference(NamedTuple):
    """Where engines part."""

    calls: tuple[Call, ...]
    """The smallest that were found; empty: they part before anything is called."""
    where: str
    """In which answer: ``compilation instantiation result output``, ``global "g"`` or ``memory "m"``."""
    vote: Vote


def search(panel: Panel, *, examples: int, seed: int) -> Iterator[Difference]:
    """Let the engines of a panel make calls, of each export alone and then of several in a row.

    `examples` calls are made of each export, fewer where there are no more, and more where engines part.
    """
    ballot = vote(panel.prepare())
    if not ballot.unanimous:
        yield Difference((), "compilation", ballot)
        return
    if found := part(panel, ()):
        yield found
        return
    parted = False
    for name in panel.subject.functions:
        alone = panel.subject.calls(name).map(lambda call: [call])
        if found := smallest(panel, alone, examples, seed):
            parted = True
            yield found
    if not parted and panel.subject.functions and panel.subject.keeps_state:
        together = panel.subject.sequences(LONGEST)
        if found := smallest(panel, together, examples, seed):
            yield found


def smallest(panel: Panel, calls: SearchStrategy[list[Call]], examples: int, seed: int) -> Difference | None:
    """The smallest calls among those tried, and those like them, that part the engines."""
    last: list[Difference] = []

    def parts(tried: Sequence[Call]) -> bool:
        found = part(panel, tried)
        if found is not None:
            last.append(found)
        return found is not None

    how = settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    try:
        minimal = find(calls, parts, settings=how, random=Random(seed))
    except NoSuchExample:
        return None
    except Flaky:  # an engine does not say the same every time
        return last[-1]
    _lower(minimal, parts)
    return part(panel, minimal) or last[-1]


def _lower(calls: list[Call], parts: Callable[[Sequence[Call]], bool]) -> None:
    """Bring each number down as far as the calls still part the engines: to a boundary, if there is one."""
    for index, call in enumerate(calls):
        for position, number in enumerate(call.args):
            if number.type not in BITS or number.bits is None:
                continue
            args, low, high = [*calls[index].args], 0, int(number.bits)
            while low < high:
                middle = (low + high) // 2
                args[position] = Number(number.type, str(middle))
                if parts([*calls[:index], Call(call.export, tuple(args)), *calls[index + 1 :]]):
                    high = middle
                else:
                    low = middle + 1
            args[position] = Number(number.type, str(high))
            calls[index] = Call(call.export, tuple(args))


def part(panel: Panel, calls: Sequence[Call]) -> Difference | None:
    """The first answer in which the engines part, if they do."""
    answers = panel.ask(calls)
    for index, where in enumerate(_questions(panel, calls)):
        ballot = vote({engine: told[index] for engine, told in answers.items()})
        if not ballot.unanimous:
            return Difference(tuple(calls), where, ballot)
    return None


def _questions(panel: Panel, calls: Sequence[Call]) -> list[str]:
    state = [f'{_kind(command)} "{command.export}"' for command in panel.subject.state()]
    return ["instantiation", *["result", *state] * len(calls), "output"]


def _kind(command: object) -> str:
    return "global" if type(command).__name__ == "Get" else "memory"
