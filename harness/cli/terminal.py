"""The terminal, if it is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, SpinnerColumn, TextColumn
from rich.text import Text

from harness import duration

if TYPE_CHECKING:
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
    screen = Console(file=file, highlight=False)
    return screen if screen.is_terminal else Console(file=file, highlight=False, width=_UNFOLDED)


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


class _Remaining(ProgressColumn):
    """The remaining time, once there is something to go by."""

    max_refresh = 0.5

    def render(self, task: Task) -> Text:
        """Nothing in the first seconds, and when nothing is known."""
        left = task.time_remaining
        if left is None or task.finished or (task.elapsed or 0) < _SOON:
            return Text()
        return Text(f"{duration.show(max(left, 1) * duration.UNITS['s'])} left", style="dim")
