"""wasmtime, by way of the PyPI package of that name: Cranelift, interrupted by epochs or by fuel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.engine import Unavailable

if TYPE_CHECKING:
    from types import ModuleType

    from harness.engine import Engine


def Epoch(*, interruptible: bool = False, features: frozenset[str] | None = None) -> Engine:
    """The engine that epochs interrupt; raises `Unavailable` where the package is not, or does not load."""
    made: Engine = _engines().EpochEngine(interruptible=interruptible, features=features)
    return made


def Fuel(*, interruptible: bool = False, features: frozenset[str] | None = None) -> Engine:
    """The engine that runs in slices of fuel; raises `Unavailable` as well."""
    made: Engine = _engines().FuelEngine(interruptible=interruptible, features=features)
    return made


def Plain(*, interruptible: bool = False, features: frozenset[str] | None = None) -> Engine:
    """The engine that nothing interrupts; raises `Unavailable` as well."""
    made: Engine = _engines().PlainEngine(interruptible=interruptible, features=features)
    return made


def _engines() -> ModuleType:
    try:
        from engines.wasmtime import engine
    except (ImportError, OSError) as error:
        raise Unavailable(f"{error}; the package is to be had with: pip install wasmtime") from error
    return engine
