"""Engines that are wrong about stopping in one thing, on purpose, and near misses that are not wrong."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import msgspec
from honest import Honest, HonestInstance, Line

from harness.context import Cause
from harness.engine import Capabilities, Interrupted, Unsupported

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from harness.context import Context
    from harness.engine import Imports, Instance

LATE = 0.15
"""Seconds."""


class Late(Honest):
    """Takes its time with an interruption."""

    class instance(HonestInstance):
        def poll(self, context: Context) -> None:
            if context.done:
                time.sleep(LATE)
            super().poll(context)


class LateOnce(Honest):
    """Takes its time with the first interruption of a process, more than a busy machine does."""

    class instance(HonestInstance):
        late = 1.0

        def poll(self, context: Context) -> None:
            if context.done:
                late, LateOnce.instance.late = LateOnce.instance.late, 0
                time.sleep(late)
            super().poll(context)


class Hasty(Honest):
    """Calls it an interruption before the time."""

    class instance(HonestInstance):
        def repeat(self, context: Context, until: float | None, body: Callable[[], None]) -> None:
            raise Interrupted(Cause.DEADLINE)


class Confused(Honest):
    """Names the wrong cause."""

    class instance(HonestInstance):
        def poll(self, context: Context) -> None:
            try:
                super().poll(context)
            except Interrupted as error:
                raise Interrupted(
                    Cause.CANCELLED if error.cause is Cause.DEADLINE else Cause.DEADLINE
                ) from None


class Idles(Honest):
    """Does not run the guest at all, but keeps to the deadline."""

    class instance(HonestInstance):
        def count(self) -> None:
            pass


class GoesOn(Honest):
    """Answers that a call was interrupted, while the guest goes on, without haste."""

    class instance(HonestInstance):
        def repeat(self, context: Context, until: float | None, body: Callable[[], None]) -> None:
            def go_on() -> None:
                while True:
                    body()
                    time.sleep(0.01)  # a byte of progress does not come round

            body()  # it has run, however late the thread comes to its turn
            threading.Thread(target=go_on, daemon=True).start()
            super().repeat(context, until, body)


class Settles(Honest):
    """Not wrong: after an interruption it has work to finish."""

    class instance(HonestInstance):
        def repeat(self, context: Context, until: float | None, body: Callable[[], None]) -> None:
            try:
                super().repeat(context, until, body)
            finally:
                threading.Thread(target=_burn, args=(0.2,)).start()


class Throttles(Honest):
    """Answers that a call was interrupted, while a thread goes on with it, and pauses now and then."""

    class instance(HonestInstance):
        def repeat(self, context: Context, until: float | None, body: Callable[[], None]) -> None:
            def go_on() -> None:
                while True:
                    _use(0.3)
                    time.sleep(0.3)

            threading.Thread(target=go_on, daemon=True).start()
            super().repeat(context, until, body)


class EndsSlowly(Honest):
    """Not wrong: told to end, it takes a moment."""

    def close(self) -> None:
        time.sleep(0.2)


class EndsInError(Honest):
    """Told to end, it breaks."""

    def close(self) -> None:
        raise RuntimeError("the end")


class CannotStop(Honest):
    """Not wrong: declares that its calls cannot be interrupted."""

    capabilities = Capabilities(features=Honest.capabilities.features)


class Excuses(Honest):
    """Works on past the time, and then says that it does not offer what it was doing."""

    class instance(HonestInstance):
        def poll(self, context: Context) -> None:
            try:
                super().poll(context)
            except Interrupted:
                raise Unsupported("endless loops") from None


class Shy(Honest):
    """Says of every module that runs for ever that it does not offer it, which it has not declared."""

    def compile(self, binary: bytes) -> Sequence[Line]:
        lines = super().compile(binary)
        if any(line.behaviour == "spin" for line in lines):
            raise Unsupported("this shape")
        return lines


class LinksInWords(Honest):
    """Declares that modules can import, and says that it does not offer it where they do."""

    def instantiate(self, module: Sequence[Line], imports: Imports, context: Context) -> Instance:
        if imports:
            raise Unsupported("imports")
        return super().instantiate(module, imports, context)


class LinksNothing(LinksInWords):
    """Not wrong: the same, declared."""

    capabilities = msgspec.structs.replace(Honest.capabilities, imports=frozenset())


class Stops(Honest):
    """Interruptible also where it was not asked to be."""

    class instance(HonestInstance):
        def poll(self, context: Context) -> None:
            if context.cause is not None:
                raise Interrupted(context.cause)


def _use(seconds: float) -> None:
    """So much of a processor's time, however busy the machine is."""
    until = time.thread_time() + seconds
    while time.thread_time() < until:
        pass


def _burn(seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        pass
