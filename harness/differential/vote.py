"""Answers of several engines to the same question: whether they part, and who stands where."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.differential.panel import Answer


class Group(NamedTuple):
    """Engines that say the same."""

    answer: Answer
    engines: tuple[str, ...]


class Vote(NamedTuple):
    """One question, and all answers that count, those of most engines first."""

    groups: tuple[Group, ...]
    abstained: tuple[str, ...]

    @property
    def unanimous(self) -> bool:
        """Whether nobody disagrees."""
        return len(self.groups) <= 1

    @property
    def minority(self) -> tuple[str, ...]:
        """Who is outvoted; nobody if there is no majority."""
        if self.unanimous or 2 * len(self.groups[0].engines) <= self._voters:
            return ()
        return tuple(engine for group in self.groups[1:] for engine in group.engines)

    @property
    def _voters(self) -> int:
        return sum(len(group.engines) for group in self.groups)


def vote(answers: Mapping[str, Answer]) -> Vote:
    """Count; engines are named in the order in which they are given."""
    groups: dict[tuple[object, ...], list[str]] = {}
    for engine, answer in answers.items():
        if answer.word:
            groups.setdefault(_compared(answer), []).append(engine)
    ranked = sorted(groups.values(), key=len, reverse=True)
    return Vote(
        tuple(Group(answers[engines[0]], tuple(engines)) for engines in ranked),
        tuple(engine for engine, answer in answers.items() if not answer.word),
    )


def _compared(answer: Answer) -> tuple[object, ...]:
    return answer.word, answer.values, answer.why if answer.word == "writes" else ""
