"""pywasm, an interpreter in plain Python, by way of the PyPI package of that name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.engine import Unavailable

if TYPE_CHECKING:
    from harness.engine import Engine


def Pywasm(*, interruptible: bool = False, features: frozenset[str] | None = None) -> Engine:
    """Make the engine; raises `Unavailable` where the package is missing."""
    try:
        from engines.pywasm.engine import PywasmEngine
    except ImportError as error:
        message = f"{error}; the package is to be had with: pip install 'stopwat[pywasm]'"
        raise Unavailable(message) from error
    return PywasmEngine(interruptible=interruptible, features=features)
