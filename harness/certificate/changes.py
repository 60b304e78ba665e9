"""What is otherwise than it was, and how two runs are laid side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias, TypeVar

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

K = TypeVar("K")
T = TypeVar("T")
R = TypeVar("R")
Direction: TypeAlias = Literal["worse", "better"]


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is otherwise than it was."""

    direction: Direction
    kind: str
    """``verdict``, ``conformance``, ``latency``, ``overhead`` ..."""
    what: str
    old: str
    new: str


def directions(old: T, new: T) -> tuple[tuple[Direction, T, T], tuple[Direction, T, T]]:
    """What got worse the one way round got better the other."""
    return ("worse", old, new), ("better", new, old)


def ranked(kind: str, what: str, old: str, new: str, was: int, is_: int) -> Iterator[Change]:
    """A change, if the rank of it is another; a higher one is worse."""
    if was != is_:
        direction: Direction = "worse" if is_ > was else "better"
        yield Change(direction=direction, kind=kind, what=what, old=old, new=new)


def by(results: Iterable[R], name: Callable[[R], str]) -> dict[str, R]:
    """Results by what they are called."""
    return {name(result): result for result in results}


def both(old: Mapping[K, R], new: Mapping[K, R]) -> Iterator[tuple[K, tuple[R, R]]]:
    """What is in both, in the order of the first."""
    return ((key, (value, new[key])) for key, value in old.items() if key in new)
