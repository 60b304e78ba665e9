"""Engines that are wrong before a call or after it, on purpose, and near misses that are not wrong."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from honest import Honest

from harness.engine import Trap, TrapKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from honest import Line

    from harness.context import Context
    from harness.engine import Imports, Instance

LONG = 1000
"""Seconds."""


class HangsInCompile(Honest):
    """Never comes to an end of compiling."""

    def compile(self, binary: bytes) -> Sequence[Line]:
        time.sleep(LONG)
        return super().compile(binary)


class HangsInInstantiate(Honest):
    """Never comes to an end of instantiating."""

    def instantiate(self, module: Sequence[Line], imports: Imports, context: Context) -> Instance:
        time.sleep(LONG)
        return super().instantiate(module, imports, context)


class TrapsInInstantiate(Honest):
    """Traps before it is asked for anything."""

    def instantiate(self, module: Sequence[Line], imports: Imports, context: Context) -> Instance:
        raise Trap(TrapKind.UNREACHABLE)


class TakesItsTime(Honest):
    """Not wrong: compiling and instantiating take a while."""

    def compile(self, binary: bytes) -> Sequence[Line]:
        time.sleep(0.1)
        return super().compile(binary)

    def instantiate(self, module: Sequence[Line], imports: Imports, context: Context) -> Instance:
        time.sleep(0.1)
        return super().instantiate(module, imports, context)
