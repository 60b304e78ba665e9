"""Work that takes long and whose end nobody knows, such as building an engine: whoever draws may show it.

Where it is done nothing is known of terminals, so it is done within `announced(what)`, in any thread; a
command that has a terminal says by `show` what to do around it.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

Around: TypeAlias = "Callable[[str], AbstractContextManager[object]]"
"""From what goes on, in a few words, to what is entered meanwhile."""

_around: Around = nullcontext


def announced(what: str) -> AbstractContextManager[object]:
    """To do it in."""
    return _around(what)


def show(around: Around) -> Around:
    """From now on enter this around such work; what was entered before."""
    global _around
    before, _around = _around, around
    return before
