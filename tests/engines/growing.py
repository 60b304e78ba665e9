"""Engines for the modules of `harness.measure.workloads`, which they do not read.

Whatever costs processor time or comes late does so by a known amount.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from honest import Honest, HonestInstance

from harness.context import Cause
from harness.engine import Capabilities, Interrupted, Unsupported, Value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.context import Context
    from harness.engine import Imports, Instance

COMPILING = 1e-6
"""Seconds that a byte takes to compile; twice that where calls can be interrupted."""
INSTANTIATING = 0.002
"""Seconds that an instance takes; three times that where calls can be interrupted."""
RUNNING = 1e-6
"""Seconds that a round takes; twice that where calls can be interrupted."""
LATE = 0.1
"""Seconds that nobody is told of."""
DEAF = 2e-6
"""Seconds, a byte of the module, that a call goes on when it has been told to stop."""


def burn(seconds: float) -> None:
    """Use so much processor time."""
    until = time.thread_time() + seconds
    while time.thread_time() < until:
        pass


class Module(bytes):
    """Nobody looks inside."""


class GrowingInstance(HonestInstance):
    """Answers how many rounds there were."""

    size = 0

    def invoke(self, name: str, args: Sequence[Value], context: Context) -> Sequence[Value]:
        rounds = args[0].bits
        assert rounds is not None
        if rounds == 0:
            self.spin(context)
        burn(RUNNING * rounds * (2 if self.engine.interruptible else 1))
        return [Value("i32", rounds)]

    def spin(self, context: Context) -> None:
        """Run until the time has come, and on for what the size of the module makes of it."""
        while context.cause is None:
            time.sleep(0.0005)
        time.sleep(DEAF * self.size)
        self.poll(context)


class Growing(Honest):
    """Honest in everything."""

    name = "growing"
    capabilities = Capabilities(features=frozenset({"mvp", "bulk-memory"}), interrupts="polls")
    instance = GrowingInstance

    def compile(self, binary: bytes) -> Module:  # type: ignore[override]
        burn(COMPILING * len(binary) * (2 if self.interruptible else 1))
        return Module(binary)

    def instantiate(self, module: Module, imports: Imports, context: Context) -> Instance:  # type: ignore[override]
        burn(INSTANTIATING * (3 if self.interruptible else 1))
        instance = self.instance(self, (), {})
        instance.size = len(module)
        return instance


class Unhurried(Growing):
    """Waits for a while before it compiles, as long as it may."""

    capabilities = Capabilities(interrupts="polls", covers=frozenset({"compile"}))

    def compile_under(self, binary: bytes, context: Context) -> Module:
        if context.wait(LATE):
            assert context.cause is not None
            raise Interrupted(context.cause)
        return Module(binary)


class NoBulk(Growing):
    """Has the first version of the standard and nothing else."""

    capabilities = Capabilities(features=frozenset({"mvp"}), interrupts="polls")


class Stubborn(Growing):
    """Says that it cannot be interrupted."""

    capabilities = Capabilities(features=frozenset({"mvp"}), interrupts="none")


class Shy(Growing):
    """Says of every module that it does not offer it, and has declared that it does."""

    def compile(self, binary: bytes) -> Module:  # type: ignore[override]
        raise Unsupported("this size")


class Fickle(Growing):
    """Counts wrongly where calls can be interrupted."""

    class instance(GrowingInstance):
        def invoke(self, name: str, args: Sequence[Value], context: Context) -> Sequence[Value]:
            (count,) = super().invoke(name, args, context)
            assert count.bits is not None
            return [Value("i32", count.bits + self.engine.interruptible)]


class Hasty(Growing):
    """Takes what is endless for nothing."""

    class instance(GrowingInstance):
        def spin(self, context: Context) -> None:
            pass


class Early(Growing):
    """Is interrupted before its time has come."""

    class instance(GrowingInstance):
        def spin(self, context: Context) -> None:
            raise Interrupted(Cause.DEADLINE)


class Backdated(Growing):
    """Is late, and the clock of its process says that it was not."""

    class instance(GrowingInstance):
        def spin(self, context: Context) -> None:
            try:
                super().spin(context)
            finally:
                clock, ended = time.monotonic_ns, time.monotonic_ns()

                def claim() -> int:
                    time.monotonic_ns = clock
                    return ended

                time.sleep(LATE)
                time.monotonic_ns = claim


class Deaf(Growing):
    """Heeds nothing where modules are large."""

    class instance(GrowingInstance):
        def spin(self, context: Context) -> None:
            while self.size > 1000:
                time.sleep(1)
            super().spin(context)
