"""Structured instructions: operations that run a body."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engines.interp.frame import Body, Frame, Operation


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


def if_(then: Operation, otherwise: Operation) -> Operation:
    """Run one of two blocks."""

    def operation(frame: Frame) -> int | None:
        return then(frame) if frame.pop() else otherwise(frame)

    return operation
