"""Memory instructions.

A check compares the address with what is left of the memory once offset and width are taken off its size: so
LLVM can still count the loop around it. The subtraction cannot wrap if the memory is that large from the
start; else it is compared as signed, which no memory of 32-bit addresses is too large for.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from engines.compiler.layout import MemoryRecord, SegmentRecord
from engines.compiler.signature import llvm_type
from engines.compiler.translate.function import INVARIANT, Function
from harness.engine import TrapKind
from harness.standard.instructions import INSTRUCTIONS

if TYPE_CHECKING:
    from harness.standard.syntax import MemArg

ACCESS = "!tbaa !2"
SIZE = "!tbaa !3"
LARGEST = 1 << 48
"""What is beyond this is beyond any memory."""


def size(function: Function, index: int, ordering: str = "") -> str:
    """The size in bytes of a memory; `ordering` if other threads may let it grow."""
    place = function.field("memory", index, MemoryRecord.size.offset)
    if ordering:
        return function.define(f"load atomic i64, ptr {place} {ordering}, align 8, {SIZE}")
    return function.define(f"load i64, ptr {place}, {SIZE}")


def address(function: Function, memarg: MemArg, width: int) -> str | None:
    """Pop an address; where in our address space it is, checked; None if it is out of bounds for certain."""
    type_ = function.module.valid.memories[memarg.memory]
    end = memarg.offset + width
    if end > LARGEST:
        function.pop()
        function.trap(TrapKind.MEMORY_BOUNDS)
        return None
    offset = function.pop_offset(type_.limits.address)
    # A memory does not shrink.
    if function.checked.get((memarg.memory, offset), 0) < end:
        _check(function, memarg.memory, offset, end)
        function.checked[memarg.memory, offset] = end
    base = function.define(f"load ptr, ptr {function.field('memory', memarg.memory)}, {INVARIANT}")
    if not memarg.offset:
        return function.define(f"getelementptr inbounds nuw i8, ptr {base}, i64 {offset}")
    return function.define(
        f"getelementptr inbounds nuw [1 x i8], ptr {base}, i64 {offset}, i64 {memarg.offset}"
    )


def _check(function: Function, index: int, offset: str, end: int) -> None:
    """Trap unless as many bytes from an i64 offset on are within a memory."""
    type_ = function.module.valid.memories[index]
    if type_.shared:
        bytes_ = size(function, index, "unordered")
    else:
        known = function.sizes.get(index)
        bytes_ = function.sizes[index] = size(function, index) if known is None else known
    if end <= type_.limits.min * type_.page:
        last = function.define(f"sub nuw nsw i64 {bytes_}, {end}")
        out = function.define(f"icmp ugt i64 {offset}, {last}")
    elif type_.limits.address == "i32":
        last = function.define(f"sub nsw i64 {bytes_}, {end}")
        out = function.define(f"icmp sgt i64 {offset}, {last}")
    else:
        last = function.define(f"sub i64 {bytes_}, {end}")
        beyond = function.define(f"icmp ugt i64 {offset}, {last}")
        short = function.define(f"icmp ult i64 {bytes_}, {end}")
        out = function.define(f"or i1 {beyond}, {short}")
    function.trap_if(out, TrapKind.MEMORY_BOUNDS)


def _load(type_: str, width: int, sign: str) -> Any:
    llvm, bits = llvm_type(type_), width * 8

    def rule(function: Function, memarg: MemArg) -> None:
        place = address(function, memarg, width)
        if place is None:
            return
        if sign:
            narrow = function.define(f"load i{bits}, ptr {place}, align 1, {ACCESS}")
            value = function.define(f"{sign}ext i{bits} {narrow} to {llvm}")
        else:
            value = function.define(f"load {llvm}, ptr {place}, align 1, {ACCESS}")
        function.push(llvm, value)

    return rule


def _store(type_: str, width: int, narrow: bool) -> Any:
    llvm, bits = llvm_type(type_), width * 8

    def rule(function: Function, memarg: MemArg) -> None:
        value = function.pop()
        place = address(function, memarg, width)
        if place is None:
            return
        if narrow:
            value = function.define(f"trunc {llvm} {value} to i{bits}")
        function.emit(f"store {f'i{bits}' if narrow else llvm} {value}, ptr {place}, align 1, {ACCESS}")

    return rule


def _memory_size(function: Function, index: int) -> None:
    type_ = function.module.valid.memories[index]
    bytes_ = size(function, index, "seq_cst" if type_.shared else "")
    pages = function.define(f"lshr i64 {bytes_}, {type_.page.bit_length() - 1}")
    push_size(function, type_.limits.address, pages)


def push_size(function: Function, address_type: str, value: str) -> None:
    """Push an i64 as a size of the address type."""
    if address_type == "i32":
        value = function.define(f"trunc i64 {value} to i32")
    function.push(address_type, value)


def _memory_grow(function: Function, index: int) -> None:
    address_type = function.module.valid.memories[index].limits.address
    delta = function.pop_offset(address_type)
    memory, grow = function.field("memory", index), function.helper("memory_grow")
    function.sizes.clear()
    before = function.define(f"call i64 {grow}(ptr swiftself %context, ptr {memory}, i64 {delta}) #0")
    push_size(function, address_type, before)


def _memory_fill(function: Function, index: int) -> None:
    address_type = function.module.valid.memories[index].limits.address
    count = function.pop_offset(address_type)
    value = function.pop()
    offset = function.pop_offset(address_type)
    memory, fill = function.field("memory", index), function.helper("memory_fill")
    function.emit(
        f"call void {fill}(ptr swiftself %context, ptr {memory}, i64 {offset}, i32 {value}, i64 {count}) #0"
    )


def _memory_copy(function: Function, target: int, source: int) -> None:
    memories = function.module.valid.memories
    to_type, from_type = memories[target].limits.address, memories[source].limits.address
    count = function.pop_offset("i32" if "i32" in (to_type, from_type) else "i64")
    from_ = function.pop_offset(from_type)
    to = function.pop_offset(to_type)
    records = function.field("memory", target), function.field("memory", source)
    copy(function, "memory_copy", *records, to, from_, count)


def _memory_init(function: Function, data: int, index: int) -> None:
    count, from_ = function.pop_offset("i32"), function.pop_offset("i32")
    to = function.pop_offset(function.module.valid.memories[index].limits.address)
    records = function.field("memory", index), function.module.place("data", data)
    copy(function, "memory_copy", *records, to, from_, count)


def copy(function: Function, helper: str, target: str, source: str, to: str, from_: str, count: str) -> None:
    """Copy between what two records describe."""
    address_ = function.helper(helper)
    function.emit(
        f"call void {address_}(ptr swiftself %context, ptr {target}, ptr {source},"
        f" i64 {to}, i64 {from_}, i64 {count}) #0"
    )


def _data_drop(function: Function, data: int) -> None:
    drop(function, "data", data)


def drop(function: Function, space: str, index: int) -> None:
    """Leave nothing of a segment."""
    place = function.module.place(space, index, SegmentRecord.size.offset)
    function.emit(f"store i64 0, ptr {place}, {SIZE}")


RULES: dict[str, Any] = {
    "memory.size": _memory_size,
    "memory.grow": _memory_grow,
    "memory.fill": _memory_fill,
    "memory.copy": _memory_copy,
    "memory.init": _memory_init,
    "data.drop": _data_drop,
}

for _name, _row in INSTRUCTIONS.items():
    _match = re.fullmatch(r"(i32|i64|f32|f64|v128)\.(load|store)(?:\d+)?(?:_([su]))?", _name)
    if _match is not None:
        _type, _access, _sign = _match.groups()
        if _access == "load":
            RULES[_name] = _load(_type, _row.width, {"s": "s", "u": "z", None: ""}[_sign])
        else:
            RULES[_name] = _store(_type, _row.width, _name[-1].isdigit())
