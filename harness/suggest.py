"""What is said of a name that nothing has: one line, with what there is and what may have been meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def unknown(what: str, name: str, there_are: Iterable[str], more: Iterable[str] = ()) -> str:
    """The line; `more` is too much to list, but may be what was meant."""
    from difflib import get_close_matches

    known, unlisted = list(there_are), list(more)
    close = get_close_matches(name, [*known, *unlisted], n=1)
    meant = f" (did you mean {close[0]}?)" if close else ""
    listed = ", ".join(known) or "none"
    rest = f", and in them {len(unlisted)}" if unlisted else ""
    return f"unknown {what} {name!r}{meant}; there are: {listed}{rest}"
