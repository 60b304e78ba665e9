"""Parts of one run, or a run and what finishes it, put together."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from harness.certificate.document import Certificate, Header, Item, ItemOutcome, close

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

SAME = (
    "stopwat",
    "engine",
    "name",
    "version",
    "capabilities",
    "profile",
    "options",
    "suite",
    "cases",
    "expectations",
    "scope",
    "shards",
    "plan",
)
"""Fields of the header in which parts of one run agree."""
_WORST_FIRST: tuple[ItemOutcome, ...] = ("failed", "known", "skipped", "passed", "error")
"""Of an item that ran twice the worse outcome counts; but an error says nothing of the engine."""


class NotTogether(Exception):
    """They are not parts of one run; the message says in one line where they differ."""


class Merged(NamedTuple):
    """What came of it."""

    certificate: Certificate
    overlap: tuple[str, ...]
    """The items that ran more than once."""


def merge(parts: Sequence[Certificate], names: Sequence[str] = ()) -> Merged:
    """Put parts together, in whatever order they are given; raises `NotTogether`.

    `names` is what the parts are called in messages. What was cut short in one part and ran in another is
    whole.
    """
    called = list(names) or [f"part {number}" for number in range(1, len(parts) + 1)]
    for (a, part_a), (b, part_b) in combinations(zip(called, parts, strict=True), 2):
        difference = differs(part_a.header, part_b.header)
        if difference is not None:
            told = f"{difference.place} is {difference.one} there and {difference.other} here"
            raise NotTogether(f"{a} and {b} are not of one run: {told}")
    for name, part in zip(called, parts, strict=True):
        if not part.header.plan:
            raise NotTogether(f"{name} is no part of a whole: {part.footer.cut_short}")
    items: dict[str, Item] = {}
    overlap: dict[str, None] = {}
    for item in (item for part in parts for item in part.items):
        other = items.get(item.id)
        if other is not None and "error" not in (item.outcome, other.outcome):
            overlap[item.id] = None
        items[item.id] = min(filter(None, (other, item)), key=_badness)
    header = _header([part.header for part in parts])
    found = tuple(items[id] for id in header.planned if id in items)
    unhealed = [part.footer.cut_short for part in parts if not items.keys() >= set(part.header.planned)]
    certificate = close(
        header,
        found,
        ended=max(part.footer.ended for part in parts),
        cut_short=next(filter(None, unhealed), ""),
    )
    return Merged(certificate, tuple(overlap))


class Difference(NamedTuple):
    """Where two headers differ."""

    place: str
    """Names with dots in between."""
    one: str
    other: str


def differs(a: Header, b: Header, *, fields: Sequence[str] = SAME) -> Difference | None:
    """The first of these fields in which two headers differ; None if there is none."""
    for field in fields:
        for place, one, other in _differences(field, getattr(a, field), getattr(b, field)):
            return Difference(place, _show(one), _show(other))
    return None


def _differences(place: str, a: Any, b: Any) -> Iterator[tuple[str, Any, Any]]:
    """Where two values differ, as deep as they have parts with names."""
    if a == b:
        return
    if isinstance(a, msgspec.Struct) and isinstance(b, msgspec.Struct):
        a, b = msgspec.structs.asdict(a), msgspec.structs.asdict(b)
    if not (isinstance(a, dict) and isinstance(b, dict)):
        yield place, a, b
        return
    for key in dict.fromkeys((*a, *b)):
        yield from _differences(f"{place}.{key}", a.get(key), b.get(key))


def _show(value: Any) -> str:
    if isinstance(value, frozenset | set):
        value = sorted(value)
    text = str(value) if isinstance(value, str) and value else repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _badness(item: Item) -> int:
    return _WORST_FIRST.index(item.outcome)


def _header(headers: Sequence[Header]) -> Header:
    """One header for all of them."""
    planned = headers[0].planned
    if any(header.planned != planned for header in headers):
        planned = tuple(sorted({id for header in headers for id in header.planned}))
    return msgspec.structs.replace(
        headers[0],
        machines=_distinct(machine for header in headers for machine in header.machines),
        assembler="; ".join(_distinct(header.assembler for header in headers)),
        tools=tools(header.tools for header in headers),
        jobs=max(header.jobs for header in headers),
        shard=tuple(sorted({part for header in headers for part in header.shard})),
        started=min(header.started for header in headers),
        planned=planned,
    )


def tools(several: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """The tools of several processes; where their versions differ, all of them: ``3.11.7, 3.12.1``."""
    found: dict[str, list[str]] = {}
    for one in several:
        for tool, versions in one.items():
            found.setdefault(tool, []).extend(versions.split(", "))
    return {tool: ", ".join(_distinct(versions)) for tool, versions in found.items()}


def _distinct(values: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(sorted(dict.fromkeys(values), key=str))
