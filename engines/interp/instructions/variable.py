"""Variable instructions."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from engines.interp.frame import Frame, Operation
    from engines.interp.scope import Scope


def local_get(scope: Scope, local: int) -> Operation:
    """Push the value of a local."""
    place = 1 + local

    def operation(frame: Frame) -> None:
        frame.append(frame[place])

    return operation


def local_set(scope: Scope, local: int) -> Operation:
    """Pop the new value of a local."""
    place = 1 + local

    def operation(frame: Frame) -> None:
        frame[place] = frame.pop()

    return operation


def local_tee(scope: Scope, local: int) -> Operation:
    """Give a local a new value and keep it on the stack."""
    place = 1 + local

    def operation(frame: Frame) -> None:
        frame[place] = frame[-1]

    return operation


def global_get(scope: Scope, index: int) -> Operation:
    """Push the value of a global."""
    global_ = scope.global_(index)

    def operation(frame: Frame) -> None:
        frame.append(global_.value)

    return operation


def global_set(scope: Scope, index: int) -> Operation:
    """Pop the new value of a global."""
    global_ = scope.global_(index)

    def operation(frame: Frame) -> None:
        global_.value = frame.pop()

    return operation


MAKERS: dict[str, Callable[..., Operation]] = {
    "local.get": local_get,
    "local.set": local_set,
    "local.tee": local_tee,
    "global.get": global_get,
    "global.set": global_set,
}
