"""Parametric instructions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.engine import Trap, TrapKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from engines.interp.frame import Frame, Operation
    from engines.interp.scope import Scope


def nop(frame: Frame) -> None:
    """Do nothing."""


def unreachable(frame: Frame) -> None:
    """Trap."""
    raise Trap(TrapKind.UNREACHABLE)


def drop(frame: Frame) -> None:
    """Throw the topmost operand away."""
    del frame[-1]


def select(frame: Frame) -> None:
    """Keep one of two operands."""
    condition = frame.pop()
    otherwise = frame.pop()
    if not condition:
        frame[-1] = otherwise


OPERATIONS: dict[str, Operation] = {"nop": nop, "unreachable": unreachable, "drop": drop, "select": select}


def select_t(scope: Scope, types: Any) -> Operation:
    """A `select` that says its type."""
    return select


MAKERS: dict[str, Callable[..., Operation]] = {"select_t": select_t}
