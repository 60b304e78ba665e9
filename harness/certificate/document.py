"""The typed result of a run against one engine: one JSON document, from a header to a footer.

The header says what was judged, with what and where; the items are the cases that ran, each with its results;
the footer says whether the run came to its end and what the rules of `harness.rules` make of it. A file that
stops in the middle, that covers nothing, or whose footer does not follow from its items is not a certificate.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar

import msgspec

from harness import grades, rules
from harness.engine import Capabilities
from harness.results import OverheadResult, Result, ScenarioResult, SpecResult

if TYPE_CHECKING:
    from collections.abc import Iterable

R = TypeVar("R", bound=Result)

FORMAT = 3


class Machine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the run took place."""

    system: str
    """Name and release of the operating system."""
    architecture: str
    processor: str
    cores: int
    """Logical processors this process may use."""
    memory: int
    """Bytes."""
    python: str


class Scope(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much the profile asks for, whatever part of it was to run."""

    scripts: int
    """Root files of the official suite; 0 where the suite was not found."""
    on: int
    """Fixtures with cancellation on, each as often as the profile asks for it: by way and by reach."""
    off: int
    """The same with cancellation off."""
    kernels: int
    """Those whose features the engine offers."""
    cases: tuple[str, ...]
    """The test functions that the profile asks for, as ``test_file.py::test_name``."""


class Header(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Known before the first case runs."""

    format: int = FORMAT
    stopwat: str
    """Version of this tool."""
    engine: str
    """As it was asked for: a name, ``module:Attribute`` or ``exec:command``."""
    name: str
    """What the engine calls itself."""
    version: str
    capabilities: Capabilities
    profile: str
    """How thoroughly it was to be tried: a name of `harness.profiles`."""
    options: dict[str, str | int | float | bool | None]
    """Every option that shapes the measurement, defaults included."""
    jobs: int = 1
    """Cases at a time."""
    machines: tuple[Machine, ...]
    """Where the run took place; several, where it was in parts."""
    suite: str
    """Commit of the official suite, or a digest of its files; empty where it was not found."""
    cases: str
    """Digest of the cases and fixtures."""
    expectations: str = ""
    """Digest of the file with known failures; empty where there is none."""
    assembler: str
    """Name and version of every assembler that was at hand, in the order of preference."""
    tools: dict[str, str]
    """Versions of what the run relied on, by name."""
    scope: Scope
    shards: int = 1
    """In how many parts the run was cut."""
    shard: tuple[int, ...] = (1,)
    """Which of them this is, counted from 1; several, where some have been put together."""
    started: str
    """ISO 8601, UTC."""
    planned: tuple[str, ...]
    """The items that were going to run."""
    plan: str
    """Digest of the items of all parts; empty where nobody knows them, since cases could not be collected."""


ItemOutcome: TypeAlias = Literal["passed", "known", "failed", "error", "skipped"]


class Item(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One case on the engine: an item of pytest."""

    id: str
    outcome: ItemOutcome
    """``known``: it failed as the engine is known to; ``error``: set-up or tear-down broke, the process
    that ran it died, or the machine had no process for the engine."""
    seconds: float
    why: str = ""
    """One line, unless it passed."""
    results: tuple[Result, ...] = ()


class Footer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Known when the run is over; only there if the run could say so."""

    ended: str
    """ISO 8601, UTC."""
    cut_short: str = ""
    """Why the run did not come to its end; empty if it did."""
    complete: bool
    """It came to its end and every planned item ran."""
    counts: dict[ItemOutcome, int]
    checks: tuple[rules.Check, ...]
    certified: bool
    grade: grades.Grade


class Certificate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A run."""

    header: Header
    items: tuple[Item, ...]
    footer: Footer

    @property
    def scripts(self) -> list[SpecResult]:
        """Results of the official suite."""
        return self.of(SpecResult)

    @property
    def scenarios(self) -> list[ScenarioResult]:
        """Results of the scenarios."""
        return self.of(ScenarioResult)

    @property
    def overheads(self) -> list[OverheadResult]:
        """Results of the kernels."""
        return self.of(OverheadResult)

    def of(self, kind: type[R]) -> list[R]:
        """Results of one kind, in the order of the items."""
        return [result for item in self.items for result in item.results if isinstance(result, kind)]

    @property
    def as_known(self) -> bool:
        """Whether nothing but known failures keeps the engine from being certified."""
        broken = {check.rule for check in self.footer.checks if not check.passed}
        return "known" in self.footer.counts and bool(broken) and broken <= rules.FINDINGS

    @property
    def status(self) -> int:
        """Exit status for it: 0 certified, 3 not so for known failures only, 1 not certified."""
        return 0 if self.footer.certified else 3 if self.as_known else 1


def close(header: Header, items: tuple[Item, ...], *, ended: str, cut_short: str = "") -> Certificate:
    """Put the footer under a run; `cut_short` says why it did not come to its end, if it did not."""
    counts = Counter(item.outcome for item in items)
    unended = Certificate(
        header=header,
        items=items,
        footer=Footer(
            ended=ended,
            cut_short=cut_short,
            complete=not cut_short and not missing(header) and {i.id for i in items} >= set(header.planned),
            counts={outcome: counts[outcome] for outcome in sorted(counts)},
            checks=(),
            certified=False,
            grade=grades.WORST,
        ),
    )
    checks = rules.apply(unended)
    footer = msgspec.structs.replace(
        unended.footer,
        checks=checks,
        certified=all(check.passed for check in checks),
        grade=grades.of(unended, checks),
    )
    return msgspec.structs.replace(unended, footer=footer)


def missing(header: Header) -> list[int]:
    """The parts that are not in it, counted from 1."""
    return sorted(set(range(1, header.shards + 1)).difference(header.shard))


def digest(ids: Iterable[str]) -> str:
    """Of a set of items, by which one knows the parts of a run."""
    return f"sha256:{hashlib.sha256(chr(0).join(sorted(ids)).encode()).hexdigest()}"


def inconsistency(certificate: Certificate) -> str:
    """Where header and items contradict themselves or each other, in one line; empty if they do not."""
    header = certificate.header
    ids = [item.id for item in certificate.items]
    if len(set(ids)) < len(ids):
        return f"an item is there twice: {Counter(ids).most_common(1)[0][0]}"
    stray = next((id for id in ids if id not in set(header.planned)), None)
    if stray is not None:
        return f"an item was never planned: {stray}"
    if not header.shard or not set(header.shard) <= set(range(1, header.shards + 1)):
        return f"it has parts {list(header.shard)} of {header.shards}"
    if header.plan and not missing(header) and digest(header.planned) != header.plan:
        return "what was planned is not the plan"
    if not header.plan and not certificate.footer.cut_short:
        return "it has no plan"
    return "" if header.machines else "it names no machine"


def schema() -> dict[str, Any]:
    """JSON Schema of a certificate."""
    return msgspec.json.schema(Certificate)
