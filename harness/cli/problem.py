"""What a person got wrong, or the world: one line, and an exit status."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterable


class Problem(click.ClickException):
    """Ends the program with one line."""

    def __init__(self, message: str, status: int = 2) -> None:
        super().__init__(" ".join(message.split()))
        self.exit_code = status  # type: ignore[misc]  # click declares it for the class, and reads it from the instance


def unknown(what: str, name: str, there_are: Iterable[str], more: Iterable[str] = ()) -> str:
    """One line that says what exists; `more` is too much to list, but may be what was meant."""
    from difflib import get_close_matches

    known, unlisted = list(there_are), list(more)
    close = get_close_matches(name, [*known, *unlisted], n=1)
    meant = f" (did you mean {close[0]}?)" if close else ""
    listed = ", ".join(known) or "none"
    rest = f", and in them {len(unlisted)}" if unlisted else ""
    return f"unknown {what} {name!r}{meant}; there are: {listed}{rest}"
