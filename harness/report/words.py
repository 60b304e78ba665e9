"""Verdicts as signs: a symbol, a word and a tone each, told apart without colours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from harness.results import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

Tone: TypeAlias = Literal["good", "fine", "late", "bad", "none"]
"""``good``: stopped; ``fine``: as it should be; ``none``: says nothing of the engine."""


class Sign(NamedTuple):
    """How a verdict is shown."""

    symbol: str
    word: str
    tone: Tone
    meaning: str
    one: str
    """What becomes of a shape with this verdict, in the sentence about an engine."""
    many: str
    """And of several."""


SIGNS: dict[Verdict, Sign] = {
    Verdict.CRASHED: Sign(
        "✕", "crashed", "bad", "the engine's process ended in the middle", "crashes it", "crash it"
    ),
    Verdict.HUNG: Sign("∞", "runs on", "bad", "not stopped: killed from outside", "runs on", "run on"),
    Verdict.LIED: Sign(
        "~",
        "only seems stopped",
        "bad",
        "returned, but the processor burns on",
        "only seems stopped",
        "only seem stopped",
    ),
    Verdict.EXIT_HANG: Sign(
        "□",
        "process stays",
        "bad",
        "told to end, its process does not",
        "keeps its process from ending",
        "keep its process from ending",
    ),
    Verdict.WRONG_OUTCOME: Sign(
        "≠", "wrong", "bad", "another trap, value or cause than there must be", "ends wrongly", "end wrongly"
    ),
    Verdict.LATE_INTERRUPTED: Sign(
        "▲", "stopped late", "late", "stopped, but over the bound", "is stopped late", "are stopped late"
    ),
    Verdict.LATE_OK: Sign(
        "△", "ended late", "late", "came to its own end, over the bound", "ends late", "end late"
    ),
    Verdict.NOT_RUN: Sign("?", "not run", "none", "nothing is known", "did not run", "did not run"),
    Verdict.TERMINATED: Sign(
        "■", "stopped", "good", "stopped, for the right cause, in time", "is stopped", "are stopped"
    ),
    Verdict.RIGHT: Sign(
        "✓",
        "right",
        "fine",
        "the right answer, or, with cancellation off, still running",
        "is right",
        "are right",
    ),
    Verdict.UNSUPPORTED: Sign(
        "–",
        "not offered",
        "none",
        "the engine says that it does not offer this",
        "is not offered",
        "are not offered",
    ),
}
"""The worst first. What is not offered counts as nothing beside what is: it says least."""

_ORDER = {verdict: place for place, verdict in enumerate(SIGNS)}


def order(verdict: Verdict) -> int:
    """Its place among the others, the worst first."""
    return _ORDER[verdict]


def worst(verdicts: Iterable[Verdict]) -> Verdict | None:
    """The verdict that stands for several; None for none."""
    return min(verdicts, key=order, default=None)


def bad(verdict: Verdict) -> bool:
    """Whether it speaks against the engine."""
    return not verdict.good and verdict is not Verdict.UNSUPPORTED
