"""The official suite: feature by engine, and what fails, with its reason where that is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from harness import summary
from harness.results import SpecResult, Tally
from harness.standard.features import FEATURES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.report.columns import Column

_PLACES = 4
"""Of a failure, that are named."""


class Share(NamedTuple):
    """Commands that passed, of those that apply."""

    passed: int
    whole: int

    @property
    def failed(self) -> int:
        """Those that did not, or did not run."""
        return self.whole - self.passed


class Feature(NamedTuple):
    """A row: one feature on all engines."""

    name: str
    since: str
    title: str
    shares: tuple[Share | None, ...]
    """None where no command that needs it applies."""


class Failure(NamedTuple):
    """Commands that fail alike."""

    expected: str
    got: str
    number: int
    places: tuple[str, ...]
    """``file:line`` of the first."""
    why: str
    """The reason, if it is known to fail."""


class Comparison(NamedTuple):
    """The suite with cancellation on and off."""

    commands: int
    """How many were compared."""
    differ: tuple[Difference, ...]


class Difference(NamedTuple):
    """A command that came out otherwise with cancellation on."""

    place: str
    off: str
    on: str


class Suite(NamedTuple):
    """All of it."""

    features: tuple[Feature, ...]
    all: tuple[Share | None, ...]
    failures: tuple[tuple[Failure, ...], ...]
    """A column each, the most frequent first."""
    comparisons: tuple[Comparison | None, ...]
    """A column each; None where that was not tried."""


def suite(columns: Sequence[Column]) -> Suite | None:
    """The suite on all columns; None where none ran any of it."""
    found = [summary.conformance(column.certificate.scripts) for column in columns]
    seen = {name for tallies in found for name in tallies}
    if not seen:
        return None
    names = [*(name for name in FEATURES if name in seen), *sorted(seen - FEATURES.keys())]
    return Suite(
        features=tuple(_feature(name, [tallies.get(name) for tallies in found]) for name in names),
        all=tuple(_share(Tally.total(tallies.values())) if tallies else None for tallies in found),
        failures=tuple(_failures(column) for column in columns),
        comparisons=tuple(_comparison(column) for column in columns),
    )


def _feature(name: str, tallies: Sequence[Tally | None]) -> Feature:
    known = FEATURES.get(name)
    since, title = (known.since, known.title) if known is not None else ("", "")
    return Feature(name, since, title, tuple(_share(tally) for tally in tallies))


def _share(tally: Tally | None) -> Share | None:
    return None if tally is None else Share(tally.passed, tally.passed + tally.failed + tally.not_run)


def _failures(column: Column) -> tuple[Failure, ...]:
    alike: dict[tuple[str, str, str], list[str]] = {}
    for item in column.certificate.items:
        why = item.why if item.outcome == "known" else ""
        for result in item.results:
            if isinstance(result, SpecResult):
                for failure in result.failures:
                    key = (summary.first_line(failure.expected), summary.first_line(failure.got), why)
                    alike.setdefault(key, []).append(f"{result.file}:{failure.line}")
    made = [
        Failure(expected, got, len(places), tuple(places[:_PLACES]), why)
        for (expected, got, why), places in alike.items()
    ]
    return tuple(sorted(made, key=lambda failure: -failure.number))


def _comparison(column: Column) -> Comparison | None:
    compared = [script for script in column.certificate.scripts if script.differs is not None]
    if not compared:
        return None
    tallies = [tally for script in compared for tally in script.features.values()]
    differ = [
        Difference(f"{script.file}:{command.line}", command.expected, command.got)
        for script in compared
        for command in script.differs or ()
    ]
    return Comparison(sum(tally.passed + tally.failed for tally in tallies), tuple(differ))
