"""The terminal, if it is one."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.text import Text

from harness import duration

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

    from rich.progress import Task

_UNFOLDED = 200
"""Columns where nobody folds the lines: in a pipe or a file."""
_DESCRIPTION = 34
"""Columns for what runs now."""
_SOON = 2.0
"""Seconds before a person wants to know how long it still takes."""


def console(file: TextIO | None = None) -> Console:
    """Standard output, or another stream; plain text unless it is a terminal."""
    return _standard_error(file) if file is sys.stderr else _console(file)


@cache
def _standard_error(file: TextIO) -> Console:
    """One for all who draw there: then they draw below each other."""
    return _console(file)


def _console(file: TextIO | None) -> Console:
    screen = _Console(file=file, highlight=False)
    return screen if screen.is_terminal else _Console(file=file, highlight=False, width=_UNFOLDED)


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Raise it, like every error of writing; by default it ends the program at once."""
        raise  # what called this is still handling it


def bar(screen: Console) -> Progress:
    """A bar with the remaining time, gone when it is over; silent where this is no terminal."""
    return Progress(
        SpinnerColumn(),
        TextColumn(f"{{task.description:{_DESCRIPTION}.{_DESCRIPTION}}}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        _Remaining(),
        console=screen,
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
        disable=not screen.is_terminal,
    )


@contextmanager
def working(what: str) -> Iterator[None]:
    """What goes on, and for how long already; nobody can say how long it takes. Gone when it is over."""
    screen = console(sys.stderr)
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        TimeElapsedColumn(),
        console=screen,
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
        disable=not screen.is_terminal,
    ) as progress:
        progress.add_task(what, total=None)
        yield


class _Remaining(ProgressColumn):
    """The remaining time, once there is something to go by."""

    max_refresh = 0.5

    def render(self, task: Task) -> Text:
        """Nothing in the first seconds, and when nothing is known."""
        left = task.time_remaining
        if left is None or task.finished or (task.elapsed or 0) < _SOON:
            return Text()
        return Text(f"{duration.show(max(left, 1) * duration.UNITS['s'])} left", style="dim")
