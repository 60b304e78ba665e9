"""Engines that trap as they should: one whose words differ from process to process, one that is switched."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from honest import Honest, HonestInstance, Line

from harness.engine import Trap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.context import Context
    from harness.engine import Value


class Explains(Honest):
    """Not wrong: what it says beside the kind of a trap is its own affair."""

    class instance(HonestInstance):
        def perform(self, line: Line, args: Sequence[Value], context: Context) -> Sequence[Value]:
            try:
                return super().perform(line, args, context)
            except Trap as trap:
                raise Trap(trap.kind, f"in process {os.getpid()}") from None


class Stores(Honest):
    """Where calls can be interrupted, a byte is stored in the memory."""

    class instance(HonestInstance):
        def perform(self, line: Line, args: Sequence[Value], context: Context) -> Sequence[Value]:
            if self.engine.interruptible:
                self.count()
            return super().perform(line, args, context)
