"""How thoroughly an engine is tried: what is measured how often, and what is left out.

A profile is a promise about a certificate: the rule `coverage` wants everything that its profile asks for,
and what was measured more laxly than it says is told with the verdict.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from harness.adjustable import ADJUSTABLE
from harness.scenarios.options import MS, Options

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from harness.results import Reach, Way
    from harness.scenarios import Scenario

WAYS: tuple[Way, ...] = ("deadline", "cancel", "close")
REACHES: tuple[Reach, ...] = ("host", "instance", "reentry")


class Profile(NamedTuple):
    """One of them."""

    name: str
    about: str
    """One line for a reader."""
    options: Options
    """What is measured, where nothing else was asked for."""
    on: frozenset[tuple[Way, Reach]]
    """How calls of fixtures are told to stop and come to the code, with cancellation on."""
    off: frozenset[tuple[Way, Reach]]
    without: frozenset[str] = frozenset()
    """Test functions of the cases that are left out, as ``test_file.py::test_name``."""

    def asks(self, scenario: Scenario, *, interruptible: bool, way: Way, reach: Reach) -> bool:
        """Whether a fixture is to run like this: as above, or in the first way and reach that it has."""
        has = [(way, reach) for reach in reaches(scenario) for way in scenario.ways]
        wanted = self.on if interruptible else self.off
        return (way, reach) in (wanted.intersection(has) or has[:1])

    def crosses(self, scenarios: Iterable[Scenario], *, interruptible: bool) -> int:
        """How many times fixtures are to run with cancellation on, or off."""
        return sum(
            self.asks(scenario, interruptible=interruptible, way=way, reach=reach)
            for scenario in scenarios
            for way in scenario.ways
            for reach in reaches(scenario)
        )

    def laxer(self, options: Mapping[str, object]) -> list[str]:
        """The options of a run, by name, that demand less than this profile does."""
        found = []
        for name, option in ADJUSTABLE.items():
            asked, own = options.get(name), getattr(self.options, name)
            if option.laxer is not None and isinstance(asked, int) and option.laxer(asked, own):
                found.append(name)
        return found


def reaches(scenario: Scenario) -> tuple[Reach, ...]:
    """How calls of a fixture can come to its code."""
    found: tuple[Reach, ...] = getattr(scenario, "reaches", ("host",))
    return found


_ALL = frozenset((way, reach) for way in WAYS for reach in REACHES)
_HOST = frozenset((way, reach) for way, reach in _ALL if reach == "host")
_SOME = frozenset((way, reach) for way, reach in _ALL if reach == "host" or way != "cancel")
_ONE: frozenset[tuple[Way, Reach]] = frozenset({("deadline", "host")})

PROFILES = {
    profile.name: profile
    for profile in (
        Profile(
            "quick",
            "a look: every fixture once, on and off, by a deadline; under a minute for an engine that stops",
            Options(deadline=20 * MS, grace=100 * MS, repetitions=2, warmup=0, pairs=3, rounds=50, calls=100),
            on=_ONE,
            off=_ONE,
        ),
        Profile(
            "standard",
            "what an engine is certified by: every way to stop it, about five minutes",
            Options(),
            on=_SOME,
            off=_HOST,
        ),
        Profile(
            "nightly",
            "as much as there is: everything in every way, a hundred thousand interruptions in one process",
            Options(repetitions=20, pairs=25, rounds=5_000, calls=100_000, many=64),
            on=_ALL,
            off=_ALL,
        ),
    )
}
DEFAULT = "standard"
