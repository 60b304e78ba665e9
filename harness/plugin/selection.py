"""Which items are about an engine, and which of them this session is to run.

The whole is what the profile asks for of what was collected; a part of it may be asked for, and what ran
before is left out.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec

from harness.certificate import digest
from harness.plugin.items import EngineName, engine_of, parameters
from harness.scenarios import Scenario

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    import pytest

    from harness.plugin.asked import Shard
    from harness.profiles import Profile


class Plan(msgspec.Struct, frozen=True):
    """What is to run of one engine."""

    items: tuple[str, ...]
    """Of the part that was asked for, in the order they were collected."""
    digest: str
    """Of the whole, whatever the part: by it one knows what belongs together."""


def select(
    items: list[pytest.Item], profile: Profile, shard: Shard, ran: Collection[str]
) -> tuple[list[pytest.Item], dict[str, Plan]]:
    """The items that are to run, those of others among them, and what is planned, with what ran before."""
    whole = [item for item in items if engine_of(item) is None or _asked(item, profile)]
    of_engine: dict[str, list[str]] = {}
    for item in whole:
        name = engine_of(item)
        if name is not None:
            of_engine.setdefault(name, []).append(item.nodeid)
    mine = {name: part(ids, shard) for name, ids in of_engine.items()}
    plans = {
        name: Plan(tuple(nodeid for nodeid in ids if nodeid in mine[name]), digest(ids))
        for name, ids in of_engine.items()
    }
    chosen = {nodeid for ids in mine.values() for nodeid in ids}.difference(ran)
    return [item for item in whole if engine_of(item) is None or item.nodeid in chosen], plans


def properties(engine: str, item: pytest.Item) -> list[tuple[str, object]]:
    """What JUnit's XML says of an item in any case, also if it fails before it has a result."""
    told: list[tuple[str, object]] = [("engine", engine)]
    for name, value in parameters(item).items():
        match value:
            case bool():
                told.append(("cancellation", "on" if value else "off"))
            case EngineName():
                pass
            case str():
                told.append((name, value))
            case Scenario():
                told.append((name, value.id))
    return told


def part(ids: Iterable[str], shard: Shard) -> set[str]:
    """The ids of one part.

    It depends on nothing but the ids. They are dealt out test function by test function, within each in the
    order of a digest: so the parts have the same number, one more or less, and the same mixture.
    """
    dealt = sorted(ids, key=lambda nodeid: (nodeid.partition("[")[0], _hash(nodeid)))
    return set(dealt[shard.number - 1 :: shard.of])


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _asked(item: pytest.Item, profile: Profile) -> bool:
    """Whether a profile asks for an item."""
    function = f"{item.path.name}::{getattr(item, 'originalname', item.name)}"
    if function in profile.without:
        return False
    told = parameters(item)
    kernel = told.get("kernel")
    if isinstance(kernel, Scenario) and not profile.measures(kernel):
        return False
    scenario = told.get("scenario")
    if not isinstance(scenario, Scenario):
        return True
    reach, on = told.get("reach", "host"), told["interruptible"]
    return profile.asks(scenario, interruptible=on, way=told["way"], reach=reach)
