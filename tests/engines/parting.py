"""Engines whose answers are right, and that go wrong once they have given them, on purpose."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from honest import Honest

from harness.sandbox import protocol

if TYPE_CHECKING:
    from collections.abc import Callable


class Mutters(Honest):
    """Not wrong: after a call it starts and ends a process, and prints."""

    def __init__(self, *, interruptible: bool = False, features: frozenset[str] | None = None) -> None:
        super().__init__(interruptible=interruptible, features=features)
        after_calls(lambda _: self.parting())

    def parting(self) -> None:
        subprocess.run(["true"], check=True)
        print("that was that", flush=True)


class DiesAfterwards(Honest):
    """Ends right after the answer of a call, with success."""

    def __init__(self, *, interruptible: bool = False, features: frozenset[str] | None = None) -> None:
        super().__init__(interruptible=interruptible, features=features)
        after_calls(lambda _: os._exit(0))


class SaysItTwice(Honest):
    """Answers a call a second time."""

    def __init__(self, *, interruptible: bool = False, features: frozenset[str] | None = None) -> None:
        super().__init__(interruptible=interruptible, features=features)
        after_calls(lambda again: again())


def after_calls(parting: Callable[[Callable[[], None]], None]) -> None:
    """Have something done after every answer to a call that had announced itself; it can be given again."""
    speaker: Any = sys.modules["__main__"].Speaker
    say = speaker.__call__
    announced: set[int] = set()

    def say_more(self: Any, reply: protocol.Reply) -> None:
        say(self, reply)
        if isinstance(reply, protocol.Started):
            announced.add(reply.id)
        elif isinstance(reply, protocol.Result) and reply.id in announced:
            parting(lambda: say(self, reply))

    speaker.__call__ = say_more
