"""Control instructions; calls are in `engines.compiler.translate.calls`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engines.compiler.signature import llvm_type
from engines.compiler.translate.function import Frame, Function, Operand
from harness.engine import TrapKind

if TYPE_CHECKING:
    from harness.standard.syntax import BlockType
    from harness.standard.types import FuncType

OPENING = frozenset({"block", "loop", "if", "try_table"})


def block_types(function: Function, type_: BlockType) -> tuple[list[str], list[str]]:
    """LLVM types of the parameters and results of a block."""
    if type_ is None:
        return [], []
    if isinstance(type_, int):
        func_type = function.module.valid.func_type(type_)
        return [llvm_type(t) for t in func_type.params], [llvm_type(t) for t in func_type.results]
    return [], [llvm_type(type_)]


def open_frame(function: Function, kind: str, type_: BlockType) -> Frame:
    """Push a control frame; its parameters stay on the operand stack."""
    params, results = block_types(function, type_)
    height = len(function.stack) - len(params)
    frame = Frame(kind, function.label(), height, function.stack[height:], results)
    function.frames.append(frame)
    return frame


def _block(function: Function, type_: BlockType) -> None:
    open_frame(function, "block", type_)


def _loop(function: Function, type_: BlockType) -> None:
    frame = open_frame(function, "loop", type_)
    entering = [param.name for param in frame.params]
    function.emit(f"br label %{frame.label}")
    frame.incoming.append((function.here, entering))
    function.begin(frame.label)
    frame.phis = len(function.lines)
    function.lines.append("")
    function.forget()
    frame.params = [Operand(param.type, function.fresh()) for param in frame.params]
    function.stack[frame.height :] = frame.params


def _if(function: Function, type_: BlockType) -> None:
    condition = function.pop_condition()
    frame = open_frame(function, "if", type_)
    frame.otherwise = function.label()
    then = function.label()
    function.emit(f"br i1 {condition}, label %{then}, label %{frame.otherwise}")
    function.begin(then)


def _else(function: Function) -> None:
    frame = function.frames[-1]
    _leave(function, frame)
    function.begin(frame.otherwise)
    frame.otherwise = ""
    function.dead = False
    function.forget()
    function.stack[frame.height :] = frame.params


def _end(function: Function) -> None:
    frame = function.frames[-1]
    if frame.kind == "loop":
        _close_loop(function, frame)
    elif frame.otherwise:
        _else(function)
    elif frame.handlers is not None:
        _leave(function, frame)
    function.frames.pop()
    if frame.handlers is not None:
        frame.handlers()
    if frame.kind != "loop":
        _join(function, frame)


def _leave(function: Function, frame: Frame) -> None:
    """Go from the end of a block's instructions to the end of the block."""
    if not function.dead:
        branch(function, frame)


def _join(function: Function, frame: Frame) -> None:
    """Go on after a block, wherever control comes from; maybe from nowhere but its last instruction."""
    if not frame.incoming and not function.dead:
        return
    _leave(function, frame)
    function.dead = not frame.incoming
    del function.stack[frame.height :]
    function.forget()
    if function.dead:
        return
    function.begin(frame.label)
    for position, type_ in enumerate(frame.results):
        name = function.fresh()
        function.lines.append(phi(name, type_, frame, position))
        function.push(type_, name)


def _close_loop(function: Function, frame: Frame) -> None:
    if function.dead:
        del function.stack[frame.height :]
    function.lines[frame.phis] = "\n".join(
        phi(param.name, param.type, frame, position) for position, param in enumerate(frame.params)
    )


def phi(name: str, type_: str, frame: Frame, position: int) -> str:
    """One of the values that the branches to a frame take along."""
    sources = ", ".join(f"[ {values[position]}, %{block} ]" for block, values in frame.incoming)
    return f"  {name} = phi {type_} {sources}"


def branch(function: Function, frame: Frame) -> None:
    """Branch to a frame with what it takes from the top of the stack; nothing is reached behind it."""
    function.emit(f"br label %{frame.label}")
    frame.incoming.append((function.here, _taken_along(function, frame)))
    function.dead = True


def branch_if(function: Function, condition: str, frame: Frame) -> None:
    """Branch to a frame if an i1 is true, with what it takes from the top of the stack, which stays."""
    label = function.label()
    function.emit(f"br i1 {condition}, label %{frame.label}, label %{label}")
    frame.incoming.append((function.here, _taken_along(function, frame)))
    function.begin(label)


def target(function: Function, label: int) -> Frame:
    """The frame that a label index refers to."""
    return function.frames[-1 - label]


def _taken_along(function: Function, frame: Frame) -> list[str]:
    count = len(frame.types)
    return [operand.name for operand in function.stack[len(function.stack) - count :]]


def _br(function: Function, label: int) -> None:
    branch(function, target(function, label))


def _br_if(function: Function, label: int) -> None:
    condition = function.pop_condition()
    branch_if(function, condition, target(function, label))


def _br_table(function: Function, labels: tuple[int, ...], default: int) -> None:
    index = function.pop()
    # Each frame is branched to from one block, however often it occurs: a phi names every edge.
    landings = {label: function.label() for label in dict.fromkeys((*labels, default))}
    cases = " ".join(f"i32 {number}, label %{landings[label]}" for number, label in enumerate(labels))
    function.emit(f"switch i32 {index}, label %{landings[default]} [ {cases} ]")
    for label, landing in landings.items():
        function.begin(landing)
        branch(function, target(function, label))


def _br_on_null(function: Function, label: int) -> None:
    type_, name = function.stack.pop()
    branch_if(function, function.define(f"icmp eq ptr {name}, null"), target(function, label))
    function.push(type_, name)


def _br_on_non_null(function: Function, label: int) -> None:
    condition = function.define(f"icmp ne ptr {function.stack[-1].name}, null")
    branch_if(function, condition, target(function, label))
    function.stack.pop()


def _return(function: Function) -> None:
    branch(function, function.frames[0])


def _unreachable(function: Function) -> None:
    function.trap(TrapKind.UNREACHABLE)


def _nop(function: Function) -> None:
    pass


def open_function(function: Function, type_: FuncType) -> None:
    """Push the frame of the function's body."""
    results = [llvm_type(result) for result in type_.results]
    function.frames.append(Frame("function", function.label(), 0, [], results))


RULES: dict[str, Any] = {
    "unreachable": _unreachable,
    "nop": _nop,
    "block": _block,
    "loop": _loop,
    "if": _if,
    "else": _else,
    "end": _end,
    "br": _br,
    "br_if": _br_if,
    "br_table": _br_table,
    "br_on_null": _br_on_null,
    "br_on_non_null": _br_on_non_null,
    "return": _return,
}
