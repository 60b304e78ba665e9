"""Which items of pytest are ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pytest


class EngineName(str):
    """A name given with ``--engine``; the type tells our items from those with another fixture `engine`."""

    __slots__ = ()


def engine_of(item: pytest.Item) -> str | None:
    """The engine an item is about; None for tests that are not ours."""
    name = parameters(item).get("engine")
    return str(name) if isinstance(name, EngineName) else None


def parameters(item: pytest.Item) -> dict[str, Any]:
    """What an item is parametrized with, by name."""
    callspec = getattr(item, "callspec", None)
    return callspec.params if callspec is not None else {}
