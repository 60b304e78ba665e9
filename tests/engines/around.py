"""Engines that are wrong before a call or after it, on purpose, and near misses that are not wrong."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

from honest import Honest, Line

from harness.engine import Trap, TrapKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.context import Context
    from harness.engine import Imports, Instance, Value
    from harness.sandbox import protocol

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


class HangsInDrop(Honest):
    """Never comes to an end of forgetting a module."""

    def compile(self, binary: bytes) -> Sequence[Line]:
        return _Sticky(super().compile(binary), LONG)


class DropsSlowly(Honest):
    """Not wrong: forgetting a module takes a while."""

    def compile(self, binary: bytes) -> Sequence[Line]:
        return _Sticky(super().compile(binary), 0.1)


class FailsInDrop(Honest):
    """Forgetting a module is an error."""

    def __init__(self, *, interruptible: bool = False, features: frozenset[str] | None = None) -> None:
        super().__init__(interruptible=interruptible, features=features)
        commands: Any = sys.modules["__main__"].Commands
        drop = commands._drop

        def fail(self: Any, command: protocol.Drop, context: Context) -> Sequence[Value]:
            if command.module is None:
                return drop(self, command, context)  # type: ignore[no-any-return]
            raise KeyError(command.module)

        commands._drop = fail


class _Sticky(list[Line]):
    def __init__(self, lines: Sequence[Line], seconds: float) -> None:
        super().__init__(lines)
        self.seconds = seconds

    def __del__(self) -> None:
        time.sleep(self.seconds)


class BeginsSlowly(Honest):
    """Not wrong: a call has been received for a while before it begins, which is told at once."""

    before = 0.4
    """Seconds."""

    def __init__(self, *, interruptible: bool = False, features: frozenset[str] | None = None) -> None:
        super().__init__(interruptible=interruptible, features=features)
        commands: Any = sys.modules["__main__"].Commands
        run = commands.run

        def run_slowly(self: Any, script: protocol.Script) -> Iterator[protocol.Started | protocol.Result]:
            if any(getattr(command, "limits", None) is not None for command in script.commands):
                time.sleep(BeginsSlowly.before)
            yield from run(self, script)

        commands.run = run_slowly


class BeginsTooSlowly(BeginsSlowly):
    """Begins so late that no deadline would mean anything."""

    def __init__(self, *, interruptible: bool = False, features: frozenset[str] | None = None) -> None:
        super().__init__(interruptible=interruptible, features=features)
        BeginsSlowly.before = 2.0
