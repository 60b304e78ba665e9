"""Memory instructions.

An effective address is a non-negative int of any size, so the end of the bytearray is the only bound that has
to be looked at, and Python does that: `struct` raises `error` beyond it, an index raises IndexError, and an
address beyond what the machine can address raises OverflowError or IndexError.
"""

from __future__ import annotations

from struct import Struct, error
from typing import TYPE_CHECKING, TypeAlias

from engines.wasm.instantiation import CHUNK
from engines.wasm.numerics import f32_from_bits, f32_to_bits
from harness.engine import Trap, TrapKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from engines.interp.frame import Frame, Operation
    from engines.interp.scope import Scope
    from harness.standard.syntax import MemArg

OUT_OF_BOUNDS = (error, IndexError, OverflowError)
I32_MASK, I64_MASK = (1 << 32) - 1, (1 << 64) - 1

Maker: TypeAlias = "Callable[[Scope, MemArg], Operation]"


def fetch(data: bytearray, address: int, width: int) -> int:
    """The unsigned little-endian integer of `width` bytes at `address`; for any width."""
    if address + width > len(data):
        raise Trap(TrapKind.MEMORY_BOUNDS)
    return int.from_bytes(data[address : address + width], "little")


def put(data: bytearray, address: int, width: int, bits: int) -> None:
    """Store an unsigned integer in `width` little-endian bytes at `address`."""
    if address + width > len(data):
        raise Trap(TrapKind.MEMORY_BOUNDS)
    data[address : address + width] = bits.to_bytes(width, "little")


def load(format_: str) -> Maker:
    """Loads of what `struct` can unpack as it is."""
    unpack = Struct(f"<{format_}").unpack_from

    def maker(scope: Scope, memarg: MemArg) -> Operation:
        data, offset = scope.memory(memarg.memory).data, memarg.offset

        def operation(frame: Frame) -> None:
            try:
                frame[-1] = unpack(data, frame[-1] + offset)[0]
            except OUT_OF_BOUNDS:
                raise Trap(TrapKind.MEMORY_BOUNDS) from None

        return operation

    return maker


def load_signed(format_: str, mask: int) -> Maker:
    """Loads that extend the sign."""
    unpack = Struct(f"<{format_}").unpack_from

    def maker(scope: Scope, memarg: MemArg) -> Operation:
        data, offset = scope.memory(memarg.memory).data, memarg.offset

        def operation(frame: Frame) -> None:
            try:
                frame[-1] = unpack(data, frame[-1] + offset)[0] & mask
            except OUT_OF_BOUNDS:
                raise Trap(TrapKind.MEMORY_BOUNDS) from None

        return operation

    return maker


def load_byte(scope: Scope, memarg: MemArg) -> Operation:
    """Loads of one byte without a sign."""
    data, offset = scope.memory(memarg.memory).data, memarg.offset

    def operation(frame: Frame) -> None:
        try:
            frame[-1] = data[frame[-1] + offset]
        except OUT_OF_BOUNDS:
            raise Trap(TrapKind.MEMORY_BOUNDS) from None

    return operation


def load_f32(scope: Scope, memarg: MemArg) -> Operation:
    """The load of a number that has to be widened."""
    data, offset = scope.memory(memarg.memory).data, memarg.offset
    unpack = Struct("<I").unpack_from

    def operation(frame: Frame) -> None:
        try:
            frame[-1] = f32_from_bits(unpack(data, frame[-1] + offset)[0])
        except OUT_OF_BOUNDS:
            raise Trap(TrapKind.MEMORY_BOUNDS) from None

    return operation


def store(format_: str) -> Maker:
    """Stores of what `struct` can pack as it is."""
    pack = Struct(f"<{format_}").pack_into

    def maker(scope: Scope, memarg: MemArg) -> Operation:
        data, offset = scope.memory(memarg.memory).data, memarg.offset

        def operation(frame: Frame) -> None:
            value = frame.pop()
            try:
                pack(data, frame.pop() + offset, value)
            except OUT_OF_BOUNDS:
                raise Trap(TrapKind.MEMORY_BOUNDS) from None

        return operation

    return maker


def store_wrapped(format_: str, mask: int) -> Maker:
    """Stores of the lower bits of an integer."""
    pack = Struct(f"<{format_}").pack_into

    def maker(scope: Scope, memarg: MemArg) -> Operation:
        data, offset = scope.memory(memarg.memory).data, memarg.offset

        def operation(frame: Frame) -> None:
            value = frame.pop() & mask
            try:
                pack(data, frame.pop() + offset, value)
            except OUT_OF_BOUNDS:
                raise Trap(TrapKind.MEMORY_BOUNDS) from None

        return operation

    return maker


def store_f32(scope: Scope, memarg: MemArg) -> Operation:
    """The store of a number that has to be narrowed."""
    data, offset = scope.memory(memarg.memory).data, memarg.offset
    pack = Struct("<I").pack_into

    def operation(frame: Frame) -> None:
        value = f32_to_bits(frame.pop())
        try:
            pack(data, frame.pop() + offset, value)
        except OUT_OF_BOUNDS:
            raise Trap(TrapKind.MEMORY_BOUNDS) from None

    return operation


def memory_size(scope: Scope, index: int) -> Operation:
    """Push the size in pages."""
    memory = scope.memory(index)

    def operation(frame: Frame) -> None:
        frame.append(memory.size)

    return operation


def memory_grow(scope: Scope, index: int) -> Operation:
    """Add pages; push the size before, or -1."""
    memory = scope.memory(index)
    failed = (1 << (32 if memory.type.limits.address == "i32" else 64)) - 1

    def operation(frame: Frame) -> None:
        before = memory.grow(frame[-1], frame[0])
        frame[-1] = failed if before is None else before

    return operation


def memory_fill(scope: Scope, index: int) -> Operation:
    """Set bytes to a value."""
    data = scope.memory(index).data

    def operation(frame: Frame) -> None:
        activation = frame[0]
        count, value, start = frame.pop(), frame.pop(), frame.pop()
        end = start + count
        if end > len(data):
            raise Trap(TrapKind.MEMORY_BOUNDS)
        piece = bytes((value & 0xFF,)) * min(count, CHUNK)
        for at in range(start, end, CHUNK):
            activation.poll()
            size = min(CHUNK, end - at)
            data[at : at + size] = piece[:size]

    return operation


def memory_copy(scope: Scope, target_index: int, source_index: int) -> Operation:
    """Copy bytes, as if by way of a buffer."""
    target, source = scope.memory(target_index).data, scope.memory(source_index).data

    def operation(frame: Frame) -> None:
        activation = frame[0]
        count, start, to = frame.pop(), frame.pop(), frame.pop()
        if start + count > len(source) or to + count > len(target):
            raise Trap(TrapKind.MEMORY_BOUNDS)
        pieces = range(0, count, CHUNK)
        # Where a piece is overwritten before its turn, the last goes first.
        for at in pieces if to <= start else reversed(pieces):
            activation.poll()
            size = min(CHUNK, count - at)
            target[to + at : to + at + size] = source[start + at : start + at + size]

    return operation


def memory_init(scope: Scope, segment: int, index: int) -> Operation:
    """Copy bytes from a data segment."""
    data, datas = scope.memory(index).data, scope.instance.datas

    def operation(frame: Frame) -> None:
        activation = frame[0]
        source = datas[segment]
        count, start, to = frame.pop(), frame.pop(), frame.pop()
        if start + count > len(source) or to + count > len(data):
            raise Trap(TrapKind.MEMORY_BOUNDS)
        for at in range(0, count, CHUNK):
            activation.poll()
            size = min(CHUNK, count - at)
            data[to + at : to + at + size] = source[start + at : start + at + size]

    return operation


def data_drop(scope: Scope, segment: int) -> Operation:
    """Forget a data segment."""
    datas = scope.instance.datas

    def operation(frame: Frame) -> None:
        datas[segment] = b""

    return operation


MAKERS: dict[str, Callable[..., Operation]] = {
    "i32.load": load("I"),
    "i64.load": load("Q"),
    "f32.load": load_f32,
    "f64.load": load("d"),
    "i32.load8_s": load_signed("b", I32_MASK),
    "i32.load8_u": load_byte,
    "i32.load16_s": load_signed("h", I32_MASK),
    "i32.load16_u": load("H"),
    "i64.load8_s": load_signed("b", I64_MASK),
    "i64.load8_u": load_byte,
    "i64.load16_s": load_signed("h", I64_MASK),
    "i64.load16_u": load("H"),
    "i64.load32_s": load_signed("i", I64_MASK),
    "i64.load32_u": load("I"),
    "i32.store": store("I"),
    "i64.store": store("Q"),
    "f32.store": store_f32,
    "f64.store": store("d"),
    "i32.store8": store_wrapped("B", 0xFF),
    "i32.store16": store_wrapped("H", 0xFFFF),
    "i64.store8": store_wrapped("B", 0xFF),
    "i64.store16": store_wrapped("H", 0xFFFF),
    "i64.store32": store_wrapped("I", I32_MASK),
    "memory.size": memory_size,
    "memory.grow": memory_grow,
    "memory.fill": memory_fill,
    "memory.copy": memory_copy,
    "memory.init": memory_init,
    "data.drop": data_drop,
}
