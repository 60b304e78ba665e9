"""Control instructions, but for those with a body, which are in `engines.interp.structured`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engines.interp.frame import top
from engines.interp.structured import Thrown
from engines.wasm.deftypes import matches
from engines.wasm.store import ExceptionInstance
from harness.engine import Exhausted, Trap, TrapKind
from harness.standard.types import FuncType

if TYPE_CHECKING:
    from collections.abc import Callable

    from engines.interp.frame import Frame, Operation
    from engines.interp.scope import Scope
    from engines.interp.store import Function


def br(scope: Scope, label: int) -> Operation:
    """Branch."""

    def operation(frame: Frame) -> int:
        return label

    return operation


def br_if(scope: Scope, label: int) -> Operation:
    """Branch if the operand is not zero."""

    def operation(frame: Frame) -> int | None:
        return label if frame.pop() else None

    return operation


def br_table(scope: Scope, labels: tuple[int, ...], default: int) -> Operation:
    """Branch to the label that the operand counts off."""

    def operation(frame: Frame) -> int:
        index = frame.pop()
        return labels[index] if index < len(labels) else default

    return operation


def return_(scope: Scope) -> Operation:
    """Branch to the label of the function."""
    return br(scope, scope.labels)


def br_on_null(scope: Scope, label: int) -> Operation:
    """Branch without the operand if it is null."""

    def operation(frame: Frame) -> int | None:
        if frame[-1] is None:
            del frame[-1]
            return label
        return None

    return operation


def br_on_non_null(scope: Scope, label: int) -> Operation:
    """Branch with the operand unless it is null."""

    def operation(frame: Frame) -> int | None:
        if frame[-1] is None:
            del frame[-1]
            return None
        return label

    return operation


def throw(scope: Scope, index: int) -> Operation:
    """Throw a new exception."""
    tag = scope.instance.tags[index]
    signature = tag.type.comp
    assert isinstance(signature, FuncType)
    values = top(len(signature.params))

    def operation(frame: Frame) -> None:
        raise Thrown(ExceptionInstance(tag, frame[values]))

    return operation


def throw_ref(frame: Frame) -> None:
    """Throw an exception again."""
    exception: ExceptionInstance | None = frame.pop()
    if exception is None:
        raise Trap(TrapKind.NULL_EXCEPTION)
    raise Thrown(exception)


def call(scope: Scope, index: int) -> Operation:
    """Call a function."""
    function = scope.function(index)
    return _bounded(scope, function.call if function.instance is scope.instance else function.enter)


def call_ref(scope: Scope, index: int) -> Operation:
    """Call the function that the operand refers to."""
    return _calling(scope, _referenced)


def call_indirect(scope: Scope, type_index: int, table_index: int) -> Operation:
    """Call an entry of a table."""
    return _calling(scope, _looking_up(scope, type_index, table_index))


def return_call(scope: Scope, index: int) -> Operation:
    """Call a function in place of the running one."""
    function = scope.function(index)
    leave = scope.labels + 1

    def operation(frame: Frame) -> int:
        frame.append(function)
        return leave

    return operation


def return_call_ref(scope: Scope, index: int) -> Operation:
    """Call the function that the operand refers to in place of the running one."""
    return _tail_calling(scope, _referenced)


def return_call_indirect(scope: Scope, type_index: int, table_index: int) -> Operation:
    """Call an entry of a table in place of the running function."""
    return _tail_calling(scope, _looking_up(scope, type_index, table_index))


def _calling(scope: Scope, pop: Callable[[Frame], Function]) -> Operation:
    instance = scope.instance

    def operation(frame: Frame) -> None:
        function = pop(frame)
        if function.instance is instance:
            function.call(frame)
        else:
            function.enter(frame)

    return _bounded(scope, operation)


def _bounded(scope: Scope, call: Operation) -> Operation:
    """The same call, if it may leave a large frame behind as long as there is room for it."""
    if not scope.large:
        return call

    def operation(frame: Frame) -> None:
        activation, size = frame[0], len(frame)
        activation.room -= size
        try:
            if activation.room < 0:
                raise Exhausted
            call(frame)
        finally:
            activation.room += size

    return operation


def _tail_calling(scope: Scope, pop: Callable[[Frame], Function]) -> Operation:
    leave = scope.labels + 1

    def operation(frame: Frame) -> int:
        frame.append(pop(frame))
        return leave

    return operation


def _referenced(frame: Frame) -> Function:
    function: Function | None = frame.pop()
    if function is None:
        raise Trap(TrapKind.NULL_FUNCTION)
    return function


def _looking_up(scope: Scope, type_index: int, table_index: int) -> Callable[[Frame], Function]:
    entries = scope.table(table_index).entries
    expected = scope.type(type_index)

    def look_up(frame: Frame) -> Function:
        index = frame.pop()
        try:
            function: Function | None = entries[index]
        except IndexError:
            raise Trap(TrapKind.UNDEFINED_ELEMENT, f"{index}") from None
        if function is None:
            raise Trap(TrapKind.UNINITIALIZED_ELEMENT, f"{index}")
        if function.type is not expected and not matches(function.type, expected):
            raise Trap(TrapKind.INDIRECT_CALL_TYPE)
        return function

    return look_up


OPERATIONS: dict[str, Operation] = {"throw_ref": throw_ref}
MAKERS: dict[str, Callable[..., Operation]] = {
    "br": br,
    "br_if": br_if,
    "br_table": br_table,
    "return": return_,
    "br_on_null": br_on_null,
    "br_on_non_null": br_on_non_null,
    "throw": throw,
    "call": call,
    "call_ref": call_ref,
    "call_indirect": call_indirect,
    "return_call": return_call,
    "return_call_ref": return_call_ref,
    "return_call_indirect": return_call_indirect,
}
