"""Exceptions (standard, "Execution / Control Instructions"): an exception is an object in the heap.

Within a `try_table`, an exception that is thrown by the function itself is a branch. One that is thrown by a
function it calls comes back as the result of the call: such calls go by way of ``guard`` of
`engines.compiler.runtime.entry`, to which ``unwind`` returns, with the exception in the context. All other
calls cost nothing; the frames of functions without a `try_table` are passed over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engines.compiler.layout import ExecutionContext
from engines.compiler.translate.aggregates import allocate, load_field, store_field
from engines.compiler.translate.control import branch, open_frame
from engines.compiler.translate.function import INVARIANT, UNLIKELY
from engines.compiler.types import exception_struct, offsets, struct_size
from harness.engine import TrapKind

if TYPE_CHECKING:
    from engines.compiler.translate.function import Frame, Function
    from harness.standard.syntax import BlockType, Catch

TAG = "i64"
"""The storage type of the number of the tag, which is an exception's first field."""


def _tag(function: Function, index: int) -> str:
    """The number of a tag."""
    return function.define(f"load i64, ptr {function.module.place('tag', index)}, {INVARIANT}")


def _throw(function: Function, index: int) -> None:
    tag = function.module.valid.tag(index)
    values = [_tag(function, index), *function.pop_many(len(tag.params))]
    struct = exception_struct(tag)
    exception = allocate(function, function.module.tag_types[index], struct_size(struct))
    for field, offset, value in zip(struct.fields, offsets(struct), values, strict=False):
        store_field(function, field.storage, value, exception, offset)
    _raise(function, exception)


def _throw_ref(function: Function) -> None:
    exception = function.pop()
    function.trap_if(function.define(f"icmp eq ptr {exception}, null"), TrapKind.NULL_EXCEPTION)
    _raise(function, exception)


def _raise(function: Function, exception: str) -> None:
    """Go on where an exception is caught; nothing is reached behind it."""
    if function.tries:
        frame = function.tries[-1]
        function.emit(f"br label %{frame.label}.thrown")
        frame.thrown.append((function.here, exception))
    else:
        unwind = function.helper("unwind")
        function.emit(f"call void {unwind}(ptr swiftself %context, ptr {exception}) #1")
        function.emit("unreachable")
    function.dead = True


def guard(function: Function, target: str) -> str:
    """What to call instead of `target`."""
    place = function.context(ExecutionContext.guarded.offset)
    function.emit(f"store ptr {target}, ptr {place}")
    return function.helper("guard")


def come_back(function: Function) -> None:
    """After a call by way of `guard`: go on, if it has returned."""
    place = function.context(ExecutionContext.exception.offset)
    exception = function.define(f"load ptr, ptr {place}")
    thrown, returned = function.label(), function.label()
    condition = function.define(f"icmp ne ptr {exception}, null")
    function.emit(f"br i1 {condition}, label %{thrown}, label %{returned}, {UNLIKELY}")
    function.begin(thrown)
    function.emit(f"store ptr null, ptr {place}")
    _raise(function, exception)
    function.begin(returned)
    function.dead = False


def _try_table(function: Function, type_: BlockType, catches: tuple[Catch, ...]) -> None:
    frame = open_frame(function, "try_table", type_)
    if catches:
        function.tries.append(frame)
        frame.handlers = lambda: _handlers(function, frame, catches)


def _handlers(function: Function, frame: Frame, catches: tuple[Catch, ...]) -> None:
    """Behind the instructions of a `try_table`, which is left: what becomes of exceptions."""
    function.tries.pop()
    if not frame.thrown:
        return
    function.begin(f"{frame.label}.thrown")
    function.forget()
    exception = function.fresh()
    sources = ", ".join(f"[ {value}, %{block} ]" for block, value in frame.thrown)
    function.lines.append(f"  {exception} = phi ptr {sources}")
    function.dead = False
    for catch in catches:
        del function.stack[frame.height :]
        otherwise = function.label()
        if catch.tag is not None:
            _unpack(function, exception, catch.tag, otherwise)
        if catch.kind.endswith("_ref"):
            function.push("ptr", exception)
        branch(function, function.frames[-1 - catch.label])
        if catch.tag is None:
            return
        function.begin(otherwise)
        function.dead = False
    _raise(function, exception)


def _unpack(function: Function, exception: str, tag: int, otherwise: str) -> None:
    """Push the values of an exception with that tag; with another, go on at `otherwise`."""
    struct = exception_struct(function.module.valid.tag(tag))
    places = list(zip(struct.fields, offsets(struct), strict=False))
    load_field(function, TAG, exception, places[0][1])
    same = function.define(f"icmp eq i64 {function.pop()}, {_tag(function, tag)}")
    label = function.label()
    function.emit(f"br i1 {same}, label %{label}, label %{otherwise}")
    function.begin(label)
    for field, offset in places[1:]:
        load_field(function, field.storage, exception, offset)


RULES: dict[str, Any] = {
    "try_table": _try_table,
    "throw": _throw,
    "throw_ref": _throw_ref,
}
