"""WABT's interpreter, ``wasm-interp``, by way of a process a call.

The program instantiates a module, calls its exports, prints what they return, and ends: nothing but a signal
stops it, it links nothing, and it remembers nothing. What that leaves is declared.
"""

from __future__ import annotations

import shutil

from engines.wabt.engine import Wabt as WabtEngine
from harness.engine import Engine, Unavailable

PROGRAMS = ("wasm-interp", "wasm-validate")


def Wabt(*, interruptible: bool = False, features: frozenset[str] | None = None) -> Engine:
    """Make the engine; raises `Unavailable` where WABT is not installed."""
    for program in PROGRAMS:
        if shutil.which(program) is None:
            raise Unavailable(
                f"no `{program}` on PATH; it is to be had with: apt install wabt, brew install wabt"
            )
    return WabtEngine(interruptible=interruptible, features=features)
