"""wasmtime, by way of the PyPI package of that name: Cranelift, interrupted by epochs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.engine import Unavailable

if TYPE_CHECKING:
    from harness.engine import Engine


def Wasmtime(*, interruptible: bool = False, features: frozenset[str] | None = None) -> Engine:
    """Make the engine; raises `Unavailable` where the package is missing or does not load."""
    try:
        from engines.wasmtime.engine import WasmtimeEngine
    except (ImportError, OSError) as error:
        raise Unavailable(f"{error}; the package is to be had with: pip install wasmtime") from error
    return WasmtimeEngine(interruptible=interruptible, features=features)
