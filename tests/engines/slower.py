"""The reference interpreter, slower in one thing."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

from engines.interp import Interp
from harness.engine import Interrupted

if TYPE_CHECKING:
    from collections.abc import Callable

    from engines.wasm.activation import Activation
    from engines.wasm.adapter import Module
    from harness.context import Context

T = TypeVar("T")


class LateInTailCalls(Interp):
    """Takes its time, but not too long, to leave a module that makes tail calls."""

    late = 0.1
    """Seconds."""
    tails = False

    def compile(self, binary: bytes) -> Module:
        module = super().compile(binary)
        self.tails = "tail-call" in module.valid.module.features
        return module

    def run(self, work: Callable[[Activation], T], context: Context) -> T:
        try:
            return super().run(work, context)
        except Interrupted:
            if self.tails:
                time.sleep(self.late)
            raise
