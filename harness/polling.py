"""Long work that may have to be given up: it asks between its pieces."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, TypeAlias, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

T = TypeVar("T")
Poll: TypeAlias = "Callable[[], object]"
"""Raises what the work is to be given up with, if it is."""
PIECE = 4096
"""Items between two polls: of what takes some microseconds each."""


def never() -> None:
    """Go on."""


def polled(items: Sequence[T], poll: Poll) -> Iterator[T]:
    """The items, with a poll before every `PIECE` of them; it costs nothing an item."""
    return chain.from_iterable(_pieces(items, poll))


def _pieces(items: Sequence[T], poll: Poll) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), PIECE):
        poll()
        yield items[start : start + PIECE]
