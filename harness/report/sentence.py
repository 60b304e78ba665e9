"""The verdict on an engine in one sentence, by rules and not by feel.

- A *shape* is a fixture that does not end by itself, one that `on` allows to be interrupted; its verdict is
  the worst of all ways of telling it to stop and all ways of getting there, with cancellation on. What an
  engine says that it does not offer is left out, and counted apart.
- A group of shapes is *stopped* if every one in it is. "X, but not Y" names the groups that are stopped and
  those that are not all; what becomes of the shapes that are not is counted by verdict, the worst first.
- *Being stoppable costs* the geometric mean of the kernels' on / off, of those that the machine was quiet
  enough to measure, if these are half of them; otherwise there is no mean.
- The other *cases* are those that end by themselves and those that are written out; one fails if on or off
  has a verdict against the engine.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from harness import summary
from harness.report import words
from harness.report.text import count, listed, many, percent, times

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.certificate import Certificate
    from harness.report.columns import Column
    from harness.report.matrix import Group, Row
    from harness.results import OverheadResult, Verdict


class Sentence(NamedTuple):
    """What is said of one engine, after its name."""

    headline: str
    """What it stops and what not."""
    facts: tuple[str, ...]
    """Other cases, price, conformance: a clause each."""

    def __str__(self) -> str:
        return "; ".join((self.headline, *self.facts))


def sentence(column: Column, groups: Sequence[Group]) -> Sentence:
    """The sentence about one column of a matrix."""
    at = column.number - 1
    facts = (_others(groups, at), _price(column.certificate.overheads), _conformance(column.certificate))
    return Sentence(_stopping(column, groups), tuple(filter(None, facts)))


def shape(row: Row, at: int) -> Verdict | None:
    """What became of a shape on one engine; None where that says nothing of it."""
    cell = row.cells[at]
    if not row.endless or cell is None or cell.on is None:
        return None
    verdict = cell.on.verdict
    return verdict if verdict.good or words.bad(verdict) else None


def _stopping(column: Column, groups: Sequence[Group]) -> str:
    at = column.number - 1
    if column.certificate.header.capabilities.interrupts == "none":
        return "cannot be stopped, and says so"
    shapes = {group.name: [shape(row, at) for row in group.rows] for group in groups}
    found = {name: [one for one in verdicts if one is not None] for name, verdicts in shapes.items()}
    tried = {name: verdicts for name, verdicts in found.items() if verdicts}
    everything = Counter(verdict for verdicts in tried.values() for verdict in verdicts)
    whole = everything.total()
    stopped = sum(number for verdict, number in everything.items() if verdict.good)
    if not whole:
        return "was not tried with anything that does not end"
    if stopped == whole:
        return f"stops {'all ' if whole > 1 else ''}{many(whole, 'endless shape')} it was tried with"
    fates = [
        (everything[verdict], sign.many if everything[verdict] > 1 else sign.one)
        for verdict, sign in words.SIGNS.items()
        if everything[verdict] and words.bad(verdict)
    ]
    (number, fate), *others = fates
    told = [f"{count(number)} of {many(whole, 'endless shape')} {fate}"]
    told += [f"{count(number)} {fate}" for number, fate in others]
    return f"{_which(tried)}: {', '.join(told)}"


def _which(tried: dict[str, list[Verdict]]) -> str:
    """``stops every shape of loops, but not of calls and bulk``."""
    good = [name for name, verdicts in tried.items() if all(verdict.good for verdict in verdicts)]
    rest = [name for name in tried if name not in good]
    never = [name for name in rest if not any(verdict.good for verdict in tried[name])]
    if len(never) == len(tried):
        return "stops nothing"
    if not good:
        return f"stops some shapes of {listed([name for name in rest if name not in never])}, but not all"
    return f"stops every shape of {listed(good)}, but not of {listed(rest)}"


def _others(groups: Sequence[Group], at: int) -> str:
    cells = [row.cells[at] for group in groups for row in group.rows if not row.endless]
    verdicts = [cell.verdict for cell in cells if cell is not None and cell.verdict is not None]
    judged = [verdict for verdict in verdicts if verdict.good or words.bad(verdict)]
    failed = sum(words.bad(verdict) for verdict in judged)
    if not failed:
        return ""
    return f"{count(failed)} of {many(len(judged), 'other case')} {'fails' if failed == 1 else 'fail'}"


def _price(kernels: Sequence[OverheadResult]) -> str:
    believed = [kernel for kernel in kernels if not kernel.noise and kernel.ratio > 0]
    ratios = [kernel.ratio for kernel in believed]
    mean = summary.overhead(believed)
    if mean is None:
        return "what being stoppable costs could not be told on that machine" if kernels else ""
    if 2 * len(believed) < len(kernels):  # a mean of the rest would say something of the machine
        few = " to ".join(times(ratio) for ratio in sorted({min(ratios), max(ratios)}))
        told = f"{len(believed)} of {many(len(kernels), 'kernel')}"
        return f"what being stoppable costs could be told of {told} only: {few} the time"
    left_out = f" (of {len(believed)} of {len(kernels)} kernels)" if len(believed) < len(kernels) else ""
    return f"being stoppable costs {times(mean)} the time{left_out}"


def _conformance(certificate: Certificate) -> str:
    tallies = summary.conformance(certificate.scripts).values()
    passed = sum(tally.passed for tally in tallies)
    whole = passed + sum(tally.failed + tally.not_run for tally in tallies)
    if not whole:
        return ""
    if passed == whole:
        return f"passes all {many(whole, 'command')} of the official suite that apply to it"
    share = percent(passed, whole)
    return f"fails {count(whole - passed)} of {many(whole, 'command')} of the official suite (passes {share})"
