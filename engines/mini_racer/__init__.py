"""V8 in our own process, by way of the PyPI package mini-racer: it terminates what its caller cancels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.engine import Unavailable

if TYPE_CHECKING:
    from harness.engine import Engine


def MiniRacer(*, interruptible: bool = False, features: frozenset[str] | None = None) -> Engine:
    """Make the engine; raises `Unavailable` where the package is missing, or too old, or does not load."""
    try:
        from engines.mini_racer.engine import MiniRacerEngine
    except (ImportError, OSError) as error:
        raise Unavailable(f"{error}; it is to be had with: pip install 'stopwat[mini-racer]'") from error
    return MiniRacerEngine(interruptible=interruptible, features=features)
