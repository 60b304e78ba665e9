"""Structured instructions: operations that run a body."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engines.interp.frame import Body, Frame, Operation
    from engines.wasm.store import ExceptionInstance, TagInstance


class Thrown(Exception):
    """A Wasm exception on its way to a handler."""

    def __init__(self, exception: ExceptionInstance) -> None:
        super().__init__(exception)
        self.exception = exception


class Handler(NamedTuple):
    """A clause of `try_table`."""

    tag: TagInstance | None
    """None: it catches everything."""
    with_reference: bool
    label: int
    """As seen from outside the `try_table`."""


def block(body: Body, params: int, results: int) -> Operation:
    """Run `body`; a branch to the label ends it."""
    end = -results or None

    def operation(frame: Frame) -> int | None:
        height = len(frame) - params
        for instruction in body:
            depth = instruction(frame)
            if depth is not None:
                if depth:
                    return depth - 1
                del frame[height:end]
                return None
        return None

    return operation


def loop(body: Body, params: int, interruptible: bool) -> Operation:
    """Run `body`; a branch to the label starts it again."""
    end = -params or None

    def operation(frame: Frame) -> int | None:
        height = len(frame) - params
        while True:
            for instruction in body:
                depth = instruction(frame)
                if depth is not None:
                    break
            else:
                return None
            if depth:
                return depth - 1
            del frame[height:end]
            if interruptible and frame[0].cause is not None:
                frame[0].poll()

    return operation


def if_(then: Body, otherwise: Body, params: int, results: int) -> Operation:
    """Run one of two bodies like a block."""
    end = -results or None

    def operation(frame: Frame) -> int | None:
        body = then if frame.pop() else otherwise
        height = len(frame) - params
        for instruction in body:
            depth = instruction(frame)
            if depth is not None:
                if depth:
                    return depth - 1
                del frame[height:end]
                return None
        return None

    return operation


def try_table(body: Body, params: int, results: int, handlers: Sequence[Handler]) -> Operation:
    """Run `body` like a block; the first handler that fits an exception branches to its label."""
    end = -results or None

    def operation(frame: Frame) -> int | None:
        height = len(frame) - params
        try:
            for instruction in body:
                depth = instruction(frame)
                if depth is not None:
                    if depth:
                        return depth - 1
                    del frame[height:end]
                    return None
        except Thrown as thrown:
            exception = thrown.exception
            for handler in handlers:
                if handler.tag is None:
                    values: Sequence[Any] = ()
                elif handler.tag is exception.tag:
                    values = exception.values
                else:
                    continue
                frame[height:] = (*values, exception) if handler.with_reference else values
                return handler.label
            raise
        return None

    return operation
