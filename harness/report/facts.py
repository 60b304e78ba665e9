"""Who was judged, with what and where: the headers of all columns beside each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from harness.duration import show
from harness.report.scales import size
from harness.report.text import listed
from harness.scenarios.options import MS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from harness.certificate import Header, Machine
    from harness.report.columns import Column


class Fact(NamedTuple):
    """One line of the headers."""

    name: str
    values: tuple[str, ...]
    """One a column."""

    @property
    def common(self) -> str | None:
        """The value that all columns have, if it is the same."""
        return self.values[0] if len(set(self.values)) == 1 else None


def facts(columns: Sequence[Column]) -> tuple[Fact, ...]:
    """What the headers say, without what is empty in all of them."""
    headers = [column.certificate.header for column in columns]
    found = [Fact(name, tuple(map(value, headers))) for name, value in _FACTS.items()]
    found.append(Fact("ended", tuple(column.certificate.footer.ended for column in columns)))
    return tuple(fact for fact in found if any(fact.values))


def _interrupts(header: Header) -> str:
    able = header.capabilities
    if able.interrupts == "none":
        return "cannot be interrupted"
    covers = f", also in {listed(sorted(able.covers))}" if able.covers else ""
    return f"by {able.interrupts}{covers}; {able.after_interrupt} afterwards"


def _machine(machine: Machine) -> str:
    return (
        f"{machine.processor}, {machine.cores} cores, {size(machine.memory)}, "
        f"{machine.system}, {machine.architecture}, {machine.python}"
    )


def _options(header: Header) -> str:
    return ", ".join(_option(name, value) for name, value in sorted(header.options.items()))


def _option(name: str, value: str | int | float | bool | None) -> str:
    # nothing is counted as high as the shortest of the times, which are nanoseconds
    return f"{name.replace('_', '-')} {show(value) if isinstance(value, int) and value >= MS else value}"


def _parts(header: Header) -> str:
    return f"{', '.join(map(str, header.shard))} of {header.shards}" if header.shards > 1 else ""


_FACTS: dict[str, Callable[[Header], str]] = {
    "asked for as": lambda header: header.engine,
    "version": lambda header: header.version,
    "interrupted": _interrupts,
    "features": lambda header: ", ".join(sorted(header.capabilities.features)),
    "profile": lambda header: header.profile,
    "options": _options,
    "cases at a time": lambda header: str(header.jobs),
    "parts": _parts,
    "machine": lambda header: "; ".join(map(_machine, header.machines)),
    "official suite": lambda header: header.suite,
    "cases and fixtures": lambda header: header.cases,
    "known failures": lambda header: header.expectations,
    "assemblers": lambda header: header.assembler,
    "tools": lambda header: ", ".join(f"{name} {version}" for name, version in sorted(header.tools.items())),
    "stopwat": lambda header: header.stopwat,
    "started": lambda header: header.started,
}
