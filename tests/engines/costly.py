"""Engines whose calls cost a known amount of processor time, on and off."""

from __future__ import annotations

import os
import random
import threading
import time
from typing import TYPE_CHECKING

import msgspec
from honest import Honest, HonestInstance

from harness.engine import Capabilities, Value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.context import Context


class Costly(Honest):
    """Costs three times as much where calls can be interrupted."""

    off = 0.004
    """Seconds of processor time of a call."""
    on = 0.012

    class instance(HonestInstance):
        def invoke(self, name: str, args: Sequence[Value], context: Context) -> Sequence[Value]:
            assert isinstance(self.engine, Costly)
            until = time.thread_time() + (self.engine.on if self.engine.interruptible else self.engine.off)
            while time.thread_time() < until:
                pass
            return super().invoke(name, args, context)


class Cheap(Costly):
    """Costs the same on and off, half of what the other costs off."""

    off = on = 0.002


class Plain(Costly):
    """What `Free` and `Pays` would be if they could not be interrupted."""

    capabilities = Capabilities(features=Honest.capabilities.features)
    on = Costly.off


class Free(Costly):
    """Costs nothing more as long as it is off."""

    capabilities = msgspec.structs.replace(Honest.capabilities, plain=f"{__file__}:Plain")


class Pays(Free):
    """Looks whether to stop although it is off."""

    off = Costly.on


class Nearly(Free):
    """Not wrong: a little slower, less than can be told from noise."""

    off = 1.02 * Costly.off


class Mistaken(Free):
    """Returns a value where there is none."""

    class instance(Costly.instance):
        def invoke(self, name: str, args: Sequence[Value], context: Context) -> Sequence[Value]:
            return [*super().invoke(name, args, context), Value("i32", 1)]


class Promises(Free):
    """Names a build of itself that there is not."""

    capabilities = msgspec.structs.replace(Honest.capabilities, plain="nowhere:Plain")


class Moody(Costly):
    """No measurement costs what the one before did, as on a machine whose processors others use as well."""

    @property
    def off(self) -> float:  # type: ignore[override]
        chance = random.Random(f"{os.getpid()} {threading.current_thread().name}")  # a thread a measurement
        return 0.004 * chance.lognormvariate(0, 1)

    on = off
