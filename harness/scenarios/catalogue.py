"""The scenarios there are: a folder is a group, a ``.wat`` file a scenario, its name the scenario's id."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from harness.scenarios.program import Program, build
from harness.scenarios.source import FixtureError, Header, Source

if TYPE_CHECKING:
    from harness.results import Reach, Way

ROOT = Path(__file__).parents[2] / "wat"
"""The fixtures that come with stopwat."""
KERNELS = "kernels"
"""The group of what is measured for speed."""


@dataclass(frozen=True)
class Scenario:
    """One fixture."""

    id: str
    group: str
    fixture: str
    """Path below the root, with slashes."""
    source: Source

    @property
    def path(self) -> Path:
        """Where the file is."""
        return self.source.path

    @property
    def header(self) -> Header:
        """What the file says of itself."""
        return self.source.header

    @cached_property
    def program(self) -> Program:
        """Assembled, once asked for; raises `FixtureError`."""
        return build(self.source, self.reaches)

    @property
    def ways(self) -> tuple[Way, ...]:
        """How this call can be told to stop; one that ends by itself is only watched."""
        header = self.header
        if header.ways:
            return header.ways
        if not self.stoppable:
            return ("deadline",)
        # an instantiation has no instance yet that could be closed
        return ("deadline", "cancel", "close") if header.invoke is not None else ("deadline", "cancel")

    @property
    def reaches(self) -> tuple[Reach, ...]:
        """How the call can come to the code; an instantiation comes from the host alone."""
        header = self.header
        return header.reaches or (("host", "instance", "reentry") if header.invoke is not None else ("host",))

    @property
    def stoppable(self) -> bool:
        """Whether the call goes on for so long that it can be told to stop."""
        return any("interrupted" in text or "runs-on" in text for text in (self.header.on, self.header.off))


class Catalogue(NamedTuple):
    """What was found, and what could not be used."""

    scenarios: tuple[Scenario, ...]
    errors: tuple[FixtureError, ...]

    def unusable(self) -> tuple[FixtureError, ...]:
        """What cannot be used, each with its file and line: to know that, everything is assembled."""
        found = list(self.errors)
        for scenario in self.scenarios:
            try:
                _ = scenario.program
            except FixtureError as error:
                found.append(error)
        return tuple(found)

    def kernels(self) -> tuple[Scenario, ...]:
        """The scenarios that are measured for speed."""
        return tuple(scenario for scenario in self.scenarios if scenario.group == KERNELS)


def discover(root: Path = ROOT) -> Catalogue:
    """Read the headers of all fixtures below `root`, in the order of their paths; nothing is assembled."""
    scenarios: list[Scenario] = []
    errors: list[FixtureError] = []
    first: dict[str, Scenario] = {}
    for path in sorted(root.rglob("*.wat")):
        try:
            scenario = load(path, root)
            if scenario.id in first:
                raise FixtureError(
                    path, 1, f"the id {scenario.id!r} is used twice, also by {first[scenario.id].path}"
                )
        except FixtureError as error:
            errors.append(error)
        else:
            first[scenario.id] = scenario
            scenarios.append(scenario)
    return Catalogue(tuple(scenarios), tuple(errors))


def load(path: Path, root: Path | None = None) -> Scenario:
    """One fixture, which may be anywhere; raises `FixtureError`."""
    path = path.absolute()
    try:
        source = Source(path)
    except OSError as error:
        raise FixtureError(path, 1, f"cannot be read: {error.strerror}") from None
    below = path.relative_to(root.absolute()) if root is not None else Path(path.name)
    return Scenario(path.stem, path.parent.name, below.as_posix(), source)
