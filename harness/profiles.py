"""How thoroughly an engine is tried: what is measured how often, and what is left out.

A profile is a promise about a certificate: the rule `coverage` wants everything that its profile asks for,
and what was measured more laxly than it says is told with the verdict.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from harness.adjustable import ADJUSTABLE
from harness.scenarios.options import MS, Options

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from harness.results import Reach, Way
    from harness.scenarios import Scenario

Crosses: TypeAlias = "Mapping[Reach, frozenset[Way]]"
"""In which ways calls are told to stop, by how they come to the code."""


class Profile(NamedTuple):
    """One of them."""

    name: str
    about: str
    """One line for a reader."""
    options: Options
    """What is measured, where nothing else was asked for."""
    on: Crosses
    """Of fixtures that do not end by themselves, with cancellation on."""
    off: Crosses
    """The same with cancellation off, which takes longest: each of them is waited for, and killed."""
    ending: Crosses
    """Of fixtures that end by themselves, on and off."""
    kernels: frozenset[str] | None = None
    """The kernels that are measured, by their ids; None: all of them."""
    without: frozenset[str] = frozenset()
    """Test functions of the cases that are left out, as ``test_file.py::test_name``."""

    def asks(self, scenario: Scenario, *, interruptible: bool, way: Way, reach: Reach) -> bool:
        """Whether a fixture is to run like this; if it has none of the ways above, in its first."""
        crosses = self.on if interruptible else self.off
        wanted = (crosses if scenario.stoppable else self.ending).get(reach)
        return wanted is not None and way in (wanted.intersection(scenario.ways) or scenario.ways[:1])

    def measures(self, kernel: Scenario) -> bool:
        """Whether a kernel is to be measured."""
        return self.kernels is None or kernel.id in self.kernels

    def crosses(self, scenarios: Iterable[Scenario], *, interruptible: bool) -> int:
        """How many times fixtures are to run with cancellation on, or off."""
        return sum(
            self.asks(scenario, interruptible=interruptible, way=way, reach=reach)
            for scenario in scenarios
            for way in scenario.ways
            for reach in scenario.reaches
        )

    def laxer(self, options: Mapping[str, object]) -> list[str]:
        """The options of a run, by name, that demand less than this profile does."""
        found = []
        for name, option in ADJUSTABLE.items():
            asked, own = options.get(name), getattr(self.options, name)
            if option.laxer is not None and isinstance(asked, int) and option.laxer(asked, own):
                found.append(name)
        return found


_DEADLINE: frozenset[Way] = frozenset({"deadline"})
_CLOSE: frozenset[Way] = frozenset({"deadline", "close"})
_EVERY: frozenset[Way] = frozenset({"deadline", "cancel", "close"})

PROFILES = {
    profile.name: profile
    for profile in (
        Profile(
            "quick",
            "a look, in about a minute: every fixture once, by a deadline; off only what ends by itself",
            Options(
                deadline=20 * MS,
                grace=100 * MS,
                repetitions=2,
                warmup=0,
                pairs=6,
                rounds=50,
                calls=200,
                both=False,
            ),
            on={"host": _DEADLINE},
            off={},
            ending={"host": _DEADLINE},
            kernels=frozenset({"kernel-fib", "kernel-sieve"}),
            without=frozenset(
                {
                    "test_compile.py::test_cancel_during_compile",
                    "test_cost.py::test_cost",
                    "test_growth.py::test_growth",
                    "test_speed.py::test_speed",
                }
            ),
        ),
        Profile(
            "standard",
            "what certifies an engine, in about seven minutes: every way to stop it, every way to its code",
            Options(),
            on={"host": _EVERY, "instance": _CLOSE, "reentry": _CLOSE},
            off={"host": _EVERY},
            ending={"host": _EVERY, "instance": _EVERY, "reentry": _EVERY},
        ),
        Profile(
            "nightly",
            "as much as there is: all of it crossed, and a hundred thousand interruptions in one process",
            Options(
                repetitions=20,
                elsewhere=20,
                pairs=30,
                points=99,
                rounds=10_000,
                calls=100_000,
                many=64,
            ),
            on={"host": _EVERY, "instance": _EVERY, "reentry": _EVERY},
            off={"host": _EVERY, "instance": _EVERY, "reentry": _EVERY},
            ending={"host": _EVERY, "instance": _EVERY, "reentry": _EVERY},
        ),
    )
}
DEFAULT = "standard"
