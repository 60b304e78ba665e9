"""Ask an engine what it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.engine import Unavailable
from harness.registry import Choice
from harness.sandbox.supervisor import Worker, WorkerError

if TYPE_CHECKING:
    from harness.sandbox.protocol import Welcome


class NoEngine(Exception):
    """There is no working engine of that name here; the message is one line that says why."""


def probe(name: str, *, startup: float = 60.0) -> Welcome:
    """Start an engine and end it again; raises `NoEngine` if it has not said what it is after `startup` s."""
    try:
        with Worker(Choice(name, interruptible=True), startup=startup) as worker:
            return worker.welcome
    except Unavailable as error:
        raise NoEngine(f"{name!r} is not available here: {error}") from error
    except WorkerError as error:
        raise NoEngine(str(error)) from error
