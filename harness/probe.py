"""Ask an engine what it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.engine import Unavailable
from harness.registry import Choice
from harness.sandbox.supervisor import BUILDING, NotBuilt, Worker, WorkerError

if TYPE_CHECKING:
    from harness.sandbox.protocol import Welcome


class NoEngine(Exception):
    """There is no working engine of that name here; the message is one line that says why."""


class NotBuiltYet(NoEngine):
    """It would have to be built first, which was not asked for."""


def probe(name: str, *, startup: float = 60.0, build: bool = True) -> Welcome:
    """Start an engine and end it again; raises `NoEngine` if it has not said what it is after `startup` s.

    One that has to be built before it can answer is built, if `build`.
    """
    try:
        choice = Choice(name, interruptible=True)
        with Worker(choice, startup=startup, building=BUILDING if build else 0) as worker:
            return worker.welcome
    except NotBuilt as error:
        raise NotBuiltYet(f"available, will be built on first use: {error}") from error
    except Unavailable as error:
        raise NoEngine(f"{name!r} is not available here: {error}") from error
    except WorkerError as error:
        raise NoEngine(str(error)) from error
