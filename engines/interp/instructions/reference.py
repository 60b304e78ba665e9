"""Reference instructions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.engine import Trap, TrapKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from engines.interp.frame import Frame, Operation
    from engines.interp.scope import Scope


def ref_is_null(frame: Frame) -> None:
    """Whether the operand is null."""
    frame[-1] = 1 if frame[-1] is None else 0


def ref_as_non_null(frame: Frame) -> None:
    """Trap if the operand is null."""
    if frame[-1] is None:
        raise Trap(TrapKind.NULL_REFERENCE)


OPERATIONS: dict[str, Operation] = {"ref.is_null": ref_is_null, "ref.as_non_null": ref_as_non_null}


def ref_null(scope: Scope, heap: Any) -> Operation:
    """Push null."""

    def operation(frame: Frame) -> None:
        frame.append(None)

    return operation


def ref_func(scope: Scope, index: int) -> Operation:
    """Push a reference to a function."""
    function = scope.function(index)

    def operation(frame: Frame) -> None:
        frame.append(function)

    return operation


MAKERS: dict[str, Callable[..., Operation]] = {"ref.null": ref_null, "ref.func": ref_func}
