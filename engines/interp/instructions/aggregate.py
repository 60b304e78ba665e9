"""Instructions on structs and arrays. The long ones go in pieces, like those on tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engines.interp.aggregates import PACKED, Array, Struct, check_length, decoder, elements_of, mask
from engines.interp.frame import top
from engines.interp.instructions.table import PIECE
from engines.interp.store import default
from harness.engine import Trap, TrapKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from engines.interp.aggregates import Elements
    from engines.interp.frame import Frame, Operation
    from engines.interp.scope import Scope
    from engines.wasm.activation import Activation
    from harness.standard.types import StorageType


def struct_new(scope: Scope, index: int) -> Operation:
    """Make a struct of operands."""
    type_, fields = scope.type(index), scope.struct_type(index).fields
    operands = top(len(fields))
    packed = [
        (place, kept) for place, field in enumerate(fields) if (kept := mask(field.storage)) is not None
    ]

    def operation(frame: Frame) -> None:
        values = frame[operands]
        for place, kept in packed:
            values[place] &= kept
        frame[operands] = (Struct(type_, values),)

    return operation


def struct_new_default(scope: Scope, index: int) -> Operation:
    """Make a struct of default values."""
    type_ = scope.type(index)
    values = [default(field.storage) for field in scope.struct_type(index).fields]

    def operation(frame: Frame) -> None:
        frame.append(Struct(type_, values.copy()))

    return operation


def struct_get(scope: Scope, index: int, field: int) -> Operation:
    """Push a field."""

    def operation(frame: Frame) -> None:
        struct: Struct | None = frame[-1]
        if struct is None:
            raise Trap(TrapKind.NULL_STRUCTURE)
        frame[-1] = struct.fields[field]

    return operation


def struct_get_s(scope: Scope, index: int, field: int) -> Operation:
    """Push a packed field, its sign extended."""
    extend = _sign_extension(scope.struct_type(index).fields[field].storage)

    def operation(frame: Frame) -> None:
        struct: Struct | None = frame[-1]
        if struct is None:
            raise Trap(TrapKind.NULL_STRUCTURE)
        frame[-1] = extend(struct.fields[field])

    return operation


def struct_set(scope: Scope, index: int, field: int) -> Operation:
    """Set a field."""
    kept = mask(scope.struct_type(index).fields[field].storage)

    def operation(frame: Frame) -> None:
        value = frame.pop()
        struct: Struct | None = frame.pop()
        if struct is None:
            raise Trap(TrapKind.NULL_STRUCTURE)
        struct.fields[field] = value if kept is None else value & kept

    return operation


def array_new(scope: Scope, index: int) -> Operation:
    """Make an array of one value."""
    type_, storage = scope.type(index), scope.array_type(index).element.storage
    kept = mask(storage)

    def operation(frame: Frame) -> None:
        length = frame.pop()
        value = frame[-1] if kept is None else frame[-1] & kept
        frame[-1] = Array(type_, _repeated(elements_of(storage, [value]), length, frame[0]))

    return operation


def array_new_default(scope: Scope, index: int) -> Operation:
    """Make an array of the default value."""
    type_, storage = scope.type(index), scope.array_type(index).element.storage
    one = elements_of(storage, [default(storage)])

    def operation(frame: Frame) -> None:
        frame[-1] = Array(type_, _repeated(one, frame[-1], frame[0]))

    return operation


def array_new_fixed(scope: Scope, index: int, length: int) -> Operation:
    """Make an array of operands."""
    type_, operands = scope.type(index), top(length)
    storage = scope.array_type(index).element.storage
    kept = mask(storage)

    def operation(frame: Frame) -> None:
        values = frame[operands]
        if kept is not None:
            values = [value & kept for value in values]
        frame[operands] = (Array(type_, elements_of(storage, values)),)

    return operation


def array_new_data(scope: Scope, index: int, segment: int) -> Operation:
    """Make an array of values from a data segment."""
    type_, datas = scope.type(index), scope.instance.datas
    storage = scope.array_type(index).element.storage
    width, decode = decoder(storage)

    def operation(frame: Frame) -> None:
        length = frame.pop()
        start = frame[-1]
        data = datas[segment]
        if start + length * width > len(data):
            raise Trap(TrapKind.MEMORY_BOUNDS)
        check_length(length)
        elements = elements_of(storage)
        for at, size in _pieces(length, frame[0]):
            elements.extend(decode(data[start + at * width : start + (at + size) * width]))
        frame[-1] = Array(type_, elements)

    return operation


def array_new_elem(scope: Scope, index: int, segment: int) -> Operation:
    """Make an array of references from an element segment."""
    type_, elems = scope.type(index), scope.instance.elems

    def operation(frame: Frame) -> None:
        length = frame.pop()
        start = frame[-1]
        refs = elems[segment]
        if start + length > len(refs):
            raise Trap(TrapKind.TABLE_BOUNDS)
        check_length(length)
        elements: list[Any] = []
        for at, size in _pieces(length, frame[0]):
            elements += refs[start + at : start + at + size]
        frame[-1] = Array(type_, elements)

    return operation


def array_get(scope: Scope, index: int) -> Operation:
    """Push an element."""

    def operation(frame: Frame) -> None:
        place = frame.pop()
        array: Array | None = frame[-1]
        if array is None:
            raise Trap(TrapKind.NULL_ARRAY)
        try:
            frame[-1] = array.elements[place]
        except IndexError:
            raise Trap(TrapKind.ARRAY_BOUNDS) from None

    return operation


def array_get_s(scope: Scope, index: int) -> Operation:
    """Push a packed element, its sign extended."""
    get = array_get(scope, index)
    extend = _sign_extension(scope.array_type(index).element.storage)

    def operation(frame: Frame) -> None:
        get(frame)
        frame[-1] = extend(frame[-1])

    return operation


def array_set(scope: Scope, index: int) -> Operation:
    """Set an element."""
    kept = mask(scope.array_type(index).element.storage)

    def operation(frame: Frame) -> None:
        value = frame.pop()
        place = frame.pop()
        array: Array | None = frame.pop()
        if array is None:
            raise Trap(TrapKind.NULL_ARRAY)
        try:
            array.elements[place] = value if kept is None else value & kept
        except IndexError:
            raise Trap(TrapKind.ARRAY_BOUNDS) from None

    return operation


def array_len(frame: Frame) -> None:
    """Push the length."""
    array: Array | None = frame[-1]
    if array is None:
        raise Trap(TrapKind.NULL_ARRAY)
    frame[-1] = len(array.elements)


def array_fill(scope: Scope, index: int) -> Operation:
    """Set elements to a value."""
    storage = scope.array_type(index).element.storage
    kept = mask(storage)

    def operation(frame: Frame) -> None:
        activation = frame[0]
        count, value, start, array = frame.pop(), frame.pop(), frame.pop(), frame.pop()
        elements = _elements(array, start, count)
        one = elements_of(storage, [value if kept is None else value & kept])
        for at, size in _pieces(count, activation):
            elements[start + at : start + at + size] = one * size

    return operation


def array_copy(scope: Scope, target_index: int, source_index: int) -> Operation:
    """Copy elements, as if by way of a buffer."""

    def operation(frame: Frame) -> None:
        activation = frame[0]
        count, start, source_array = frame.pop(), frame.pop(), frame.pop()
        to, target_array = frame.pop(), frame.pop()
        if target_array is None or source_array is None:
            raise Trap(TrapKind.NULL_ARRAY)
        target, source = _elements(target_array, to, count), _elements(source_array, start, count)
        # Where a piece is overwritten before its turn, the last goes first.
        for at, size in _pieces(count, activation, backwards=to > start):
            target[to + at : to + at + size] = source[start + at : start + at + size]

    return operation


def array_init_data(scope: Scope, index: int, segment: int) -> Operation:
    """Copy values from a data segment."""
    datas = scope.instance.datas
    width, decode = decoder(scope.array_type(index).element.storage)

    def operation(frame: Frame) -> None:
        activation = frame[0]
        count, start, to, array = frame.pop(), frame.pop(), frame.pop(), frame.pop()
        elements, data = _elements(array, to, count), datas[segment]
        if start + count * width > len(data):
            raise Trap(TrapKind.MEMORY_BOUNDS)
        for at, size in _pieces(count, activation):
            piece = data[start + at * width : start + (at + size) * width]
            elements[to + at : to + at + size] = decode(piece)

    return operation


def array_init_elem(scope: Scope, index: int, segment: int) -> Operation:
    """Copy references from an element segment."""
    elems = scope.instance.elems

    def operation(frame: Frame) -> None:
        activation = frame[0]
        count, start, to, array = frame.pop(), frame.pop(), frame.pop(), frame.pop()
        elements, refs = _elements(array, to, count), elems[segment]
        if start + count > len(refs):
            raise Trap(TrapKind.TABLE_BOUNDS)
        for at, size in _pieces(count, activation):
            elements[to + at : to + at + size] = refs[start + at : start + at + size]

    return operation


def _elements(array: Array | None, start: int, count: int) -> Elements:
    if array is None:
        raise Trap(TrapKind.NULL_ARRAY)
    if start + count > len(array.elements):
        raise Trap(TrapKind.ARRAY_BOUNDS)
    return array.elements


def _pieces(count: int, activation: Activation, *, backwards: bool = False) -> Iterator[tuple[int, int]]:
    """Where pieces start, and how many elements they have, polling before each."""
    starts = range(0, count, PIECE)
    for at in reversed(starts) if backwards else starts:
        activation.poll()
        yield at, min(PIECE, count - at)


def _repeated(one: Elements, length: int, activation: Activation) -> Elements:
    check_length(length)
    elements = one * 0
    for _, size in _pieces(length, activation):
        elements.extend(one * size)
    return elements


def _sign_extension(storage: StorageType) -> Callable[[int], int]:
    sign = 1 << (PACKED[str(storage)] - 1)
    return lambda value: ((value ^ sign) - sign) & 0xFFFF_FFFF


OPERATIONS: dict[str, Operation] = {"array.len": array_len}
MAKERS: dict[str, Callable[..., Operation]] = {
    "struct.new": struct_new,
    "struct.new_default": struct_new_default,
    "struct.get": struct_get,
    "struct.get_s": struct_get_s,
    "struct.get_u": struct_get,
    "struct.set": struct_set,
    "array.new": array_new,
    "array.new_default": array_new_default,
    "array.new_fixed": array_new_fixed,
    "array.new_data": array_new_data,
    "array.new_elem": array_new_elem,
    "array.get": array_get,
    "array.get_s": array_get_s,
    "array.get_u": array_get,
    "array.set": array_set,
    "array.fill": array_fill,
    "array.copy": array_copy,
    "array.init_data": array_init_data,
    "array.init_elem": array_init_elem,
}
