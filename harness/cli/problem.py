"""What a person got wrong, or the world: one line, and an exit status."""

from __future__ import annotations

import click


class Problem(click.ClickException):
    """Ends the program with one line."""

    def __init__(self, message: str, status: int = 2) -> None:
        super().__init__(" ".join(message.split()))
        self.exit_code = status  # type: ignore[misc]  # click declares it for the class, and reads it from the instance
