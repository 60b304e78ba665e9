"""Atomic instructions (the proposal "threads"): LLVM's, all of them sequentially consistent.

They work on any memory, but only on a shared one can be waited. What waits or notifies leaves the code like a
call of the host: see `engines.compiler.waiting`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engines.compiler.translate.memory import ACCESS, address
from harness.engine import TrapKind
from harness.standard.instructions import INSTRUCTIONS

if TYPE_CHECKING:
    from engines.compiler.translate.function import Function
    from harness.standard.syntax import MemArg


def _check_alignment(function: Function, memarg: MemArg, width: int) -> None:
    """Of the address on top of the stack."""
    if width > 1:
        type_, name = function.stack[-1]
        effective = function.define(f"add {type_} {name}, {memarg.offset % width}")
        rest = function.define(f"and {type_} {effective}, {width - 1}")
        function.trap_if(function.define(f"icmp ne {type_} {rest}, 0"), TrapKind.UNALIGNED_ATOMIC)


def _place(function: Function, memarg: MemArg, width: int) -> str | None:
    """Pop an address; where that is, checked; None if it is out of bounds for certain."""
    _check_alignment(function, memarg, width)
    return address(function, memarg, width)


def _narrow(function: Function, type_: str, value: str, width: int) -> str:
    bits = 8 * width
    return value if type_ == f"i{bits}" else function.define(f"trunc {type_} {value} to i{bits}")


def _push_wide(function: Function, type_: str, value: str, width: int) -> None:
    bits = 8 * width
    if type_ != f"i{bits}":
        value = function.define(f"zext i{bits} {value} to {type_}")
    function.push(type_, value)


def _load(type_: str, width: int) -> Any:
    def rule(function: Function, memarg: MemArg) -> None:
        place = _place(function, memarg, width)
        if place is not None:
            value = function.define(f"load atomic i{8 * width}, ptr {place} seq_cst, align {width}, {ACCESS}")
            _push_wide(function, type_, value, width)

    return rule


def _store(type_: str, width: int) -> Any:
    def rule(function: Function, memarg: MemArg) -> None:
        value = function.pop()
        place = _place(function, memarg, width)
        if place is not None:
            value = _narrow(function, type_, value, width)
            function.emit(f"store atomic i{8 * width} {value}, ptr {place} seq_cst, align {width}, {ACCESS}")

    return rule


def _modify(type_: str, width: int, operation: str) -> Any:
    bits = 8 * width

    def rule(function: Function, memarg: MemArg) -> None:
        value = function.pop()
        place = _place(function, memarg, width)
        if place is not None:
            value = _narrow(function, type_, value, width)
            before = function.define(
                f"atomicrmw {operation} ptr {place}, i{bits} {value} seq_cst, align {width}, {ACCESS}"
            )
            _push_wide(function, type_, before, width)

    return rule


def _compare_and_exchange(type_: str, width: int) -> Any:
    bits = 8 * width

    def rule(function: Function, memarg: MemArg) -> None:
        expected, value = function.pop_many(2)
        place = _place(function, memarg, width)
        if place is not None:
            expected = _narrow(function, type_, expected, width)
            value = _narrow(function, type_, value, width)
            pair = function.define(
                f"cmpxchg ptr {place}, i{bits} {expected}, i{bits} {value} seq_cst seq_cst,"
                f" align {width}, {ACCESS}"
            )
            before = function.define(f"extractvalue {{ i{bits}, i1 }} {pair}, 0")
            _push_wide(function, type_, before, width)

    return rule


def _wait(type_: str, width: int) -> Any:
    def rule(function: Function, memarg: MemArg) -> None:
        expected, timeout = function.pop_many(2)
        _check_alignment(function, memarg, width)
        if not function.module.valid.memories[memarg.memory].shared:
            function.trap(TrapKind.EXPECTED_SHARED_MEMORY)
            return
        place = address(function, memarg, width)
        if place is not None:
            if type_ == "i32":
                expected = function.define(f"zext i32 {expected} to i64")
            wait = function.helper("memory_wait")
            result = function.define(
                f"call i32 {wait}(ptr swiftself %context, ptr {place}, i64 {expected}, i64 {timeout},"
                f" i64 {width}) #0"
            )
            function.push("i32", result)

    return rule


def _notify(function: Function, memarg: MemArg) -> None:
    count = function.pop()
    place = _place(function, memarg, 4)
    if place is None:
        return
    if not function.module.valid.memories[memarg.memory].shared:
        function.push("i32", "0")
        return
    notify = function.helper("memory_notify")
    result = function.define(f"call i32 {notify}(ptr swiftself %context, ptr {place}, i32 {count}) #0")
    function.push("i32", result)


def _fence(function: Function, _ordering: int) -> None:
    function.emit("fence seq_cst")


RULES: dict[str, Any] = {
    "atomic.fence": _fence,
    "memory.atomic.notify": _notify,
    "memory.atomic.wait32": _wait("i32", 4),
    "memory.atomic.wait64": _wait("i64", 8),
}

for _name, _row in INSTRUCTIONS.items():
    match _name.split("."):
        case [_type, "atomic", _kind] if _kind.startswith("load"):
            RULES[_name] = _load(_type, _row.width)
        case [_type, "atomic", _kind] if _kind.startswith("store"):
            RULES[_name] = _store(_type, _row.width)
        case [_type, "atomic", _, "cmpxchg" | "cmpxchg_u"]:
            RULES[_name] = _compare_and_exchange(_type, _row.width)
        case [_type, "atomic", _, _operation]:
            RULES[_name] = _modify(_type, _row.width, _operation.removesuffix("_u"))
