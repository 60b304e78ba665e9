"""Translation: from the flat body of a function to nested operations."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from engines.interp.instructions import MAKERS, OPERATIONS
from engines.interp.structured import Handler, block, if_, loop, try_table
from harness.polling import never, polled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engines.interp.frame import Body, Frame, Operation
    from engines.interp.scope import Scope
    from harness.polling import Poll
    from harness.standard.syntax import BlockType, Catch, Expr

STRAIGHT = 2000
"""Operations in a row, without a look at the activation: a fraction of a millisecond."""


@dataclass(slots=True)
class _Open:
    """A structured instruction whose `end` is yet to come."""

    name: str
    type: BlockType = None
    catches: Sequence[Catch] = ()
    operations: list[Operation] = field(default_factory=list)
    then: Body | None = None
    """What stood before the `else`."""


def translate(expr: Expr, scope: Scope, poll: Poll = never) -> Body:
    """The operations of a valid expression. Its own `end` does nothing. Raises what `poll` raises."""
    # A stack instead of recursion, so that nesting may go as deep as it likes.
    around: list[_Open] = []
    inner = _Open("function")
    for row, *immediates in polled(expr, poll):
        if scope.interruptible and len(inner.operations) % STRAIGHT == STRAIGHT - 1:
            inner.operations.append(_poll)
        name = row.name
        operation = OPERATIONS.get(name)
        if operation is not None:
            inner.operations.append(operation)
        elif name in STRUCTURED:
            around.append(inner)
            inner = _Open(name, *immediates)
            scope.labels = len(around)
        elif name == "else":
            inner.then = tuple(inner.operations)
            inner.operations = []
        elif name == "end":
            if around:
                operation = STRUCTURED[inner.name](inner, scope)
                inner = around.pop()
                inner.operations.append(operation)
                scope.labels = len(around)
        else:
            inner.operations.append(MAKERS[name](scope, *immediates))
    return tuple(inner.operations)


def _poll(frame: Frame) -> None:
    if frame[0].cause is not None:
        frame[0].poll()


def _block(open_: _Open, scope: Scope) -> Operation:
    return block(tuple(open_.operations), *scope.block_arity(open_.type))


def _loop(open_: _Open, scope: Scope) -> Operation:
    params, _ = scope.block_arity(open_.type)
    return loop(tuple(open_.operations), params, scope.interruptible)


def _if(open_: _Open, scope: Scope) -> Operation:
    params, results = scope.block_arity(open_.type)
    then, otherwise = open_.then, tuple(open_.operations)
    if then is None:
        then, otherwise = otherwise, ()
    return if_(then, otherwise, params, results)


def _try_table(open_: _Open, scope: Scope) -> Operation:
    handlers = [
        Handler(
            None if catch.tag is None else scope.instance.tags[catch.tag],
            catch.kind.endswith("_ref"),
            catch.label,
        )
        for catch in open_.catches
    ]
    return try_table(tuple(open_.operations), *scope.block_arity(open_.type), handlers)


STRUCTURED = {"block": _block, "loop": _loop, "if": _if, "try_table": _try_table}
"""The instructions that have bodies."""
