"""Vector instructions that access memory: all vectors are, as operands, integers; the rest are numerics."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engines.interp.instructions.memory import fetch, put
from engines.wasm.numerics import LANE_LOADS, LANE_STORES, LOADS
from harness.standard.instructions import INSTRUCTIONS

if TYPE_CHECKING:
    from collections.abc import Callable

    from engines.interp.frame import Frame, Operation
    from engines.interp.scope import Scope
    from harness.standard.syntax import MemArg


def load(name: str, convert: Callable[[int], int]) -> Callable[..., Operation]:
    """Loads that make a vector of what they find."""
    width = INSTRUCTIONS[name].width

    def maker(scope: Scope, memarg: MemArg) -> Operation:
        data, offset = scope.memory(memarg.memory).data, memarg.offset

        def operation(frame: Frame) -> None:
            frame[-1] = convert(fetch(data, frame[-1] + offset, width))

        return operation

    return maker


def load_lane(name: str, make: Callable[[int], Callable[..., Any]]) -> Callable[..., Operation]:
    """Loads of one lane."""
    width = INSTRUCTIONS[name].width

    def maker(scope: Scope, memarg: MemArg, lane: int) -> Operation:
        data, offset = scope.memory(memarg.memory).data, memarg.offset
        replace = make(lane)

        def operation(frame: Frame) -> None:
            vector = frame.pop()
            frame[-1] = replace(fetch(data, frame[-1] + offset, width), vector)

        return operation

    return maker


def store_lane(name: str, make: Callable[[int], Callable[..., Any]]) -> Callable[..., Operation]:
    """Stores of one lane."""
    width = INSTRUCTIONS[name].width

    def maker(scope: Scope, memarg: MemArg, lane: int) -> Operation:
        data, offset = scope.memory(memarg.memory).data, memarg.offset
        extract = make(lane)

        def operation(frame: Frame) -> None:
            bits = extract(frame.pop())
            put(data, frame.pop() + offset, width, bits)

        return operation

    return maker


def store(scope: Scope, memarg: MemArg) -> Operation:
    """Store a vector."""
    data, offset = scope.memory(memarg.memory).data, memarg.offset

    def operation(frame: Frame) -> None:
        bits = frame.pop()
        put(data, frame.pop() + offset, 16, bits)

    return operation


MAKERS: dict[str, Callable[..., Operation]] = {
    "v128.store": store,
    **{name: load(name, convert) for name, convert in LOADS.items()},
    **{name: load_lane(name, make) for name, make in LANE_LOADS.items()},
    **{name: store_lane(name, make) for name, make in LANE_STORES.items()},
}
