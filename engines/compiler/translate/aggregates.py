"""Instructions on structs and arrays; `engines.compiler.types` says how they lie in memory.

To allocate is to take the next bytes of the context's run of free ones, and to note that an object starts
there. The length of an array is read wherever an element is accessed: so its address stays where the
collector can find it as long as elements are accessed, whatever LLVM makes of the addresses of these.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engines.compiler.layout import ExecutionContext
from engines.compiler.runtime.arrays import element_type
from engines.compiler.signature import llvm_type
from engines.compiler.translate.function import INVARIANT, UNLIKELY, Function
from engines.compiler.types import ELEMENTS, GRANULE, LENGTH, offsets, struct_size, width
from harness.engine import TrapKind

if TYPE_CHECKING:
    from harness.standard.types import StorageType, StructType

FIELD = "!tbaa !11"
HEADER = "!tbaa !12"
RUN = "!tbaa !13"
START = "!tbaa !14"

_PACKED = {"i8", "i16"}


def _stored(storage: StorageType) -> str:
    """The LLVM type that a value of a storage type has in memory."""
    return storage if isinstance(storage, str) and storage in _PACKED else llvm_type(storage)


def _zero(storage: StorageType) -> str:
    llvm = _stored(storage)
    return "null" if llvm == "ptr" else "zeroinitializer"


def _alignment(storage: StorageType) -> int:
    return min(width(storage), 8)


def _store(function: Function, storage: StorageType, value: str, place: str) -> None:
    """Store an operand as a field or element."""
    llvm = _stored(storage)
    if storage in _PACKED:
        value = function.define(f"trunc i32 {value} to {llvm}")
    function.emit(f"store {llvm} {value}, ptr {place}, align {_alignment(storage)}, {FIELD}")


def _load(function: Function, storage: StorageType, place: str, sign: str) -> None:
    """Push a field or element; `sign` says how to extend one that is packed."""
    llvm = _stored(storage)
    value = function.define(f"load {llvm}, ptr {place}, align {_alignment(storage)}, {FIELD}")
    if sign:
        value = function.define(f"{sign}ext {llvm} {value} to i32")
        llvm = "i32"
    function.push(llvm, value)


def _at(function: Function, object_: str, offset: int) -> str:
    return function.define(f"getelementptr inbounds i8, ptr {object_}, i64 {offset}")


def store_field(function: Function, storage: StorageType, value: str, object_: str, offset: int) -> None:
    """Store an operand in an object."""
    _store(function, storage, value, _at(function, object_, offset))


def load_field(function: Function, storage: StorageType, object_: str, offset: int) -> None:
    """Push what is in an object, which is not of a packed type."""
    _load(function, storage, _at(function, object_, offset), "")


def allocate(function: Function, type_index: int, size: str | int) -> str:
    """An object of a type and a size in bytes, a multiple of `GRANULE`; what is in it is arbitrary."""
    slow, fast, join = function.label(), function.label(), function.label()
    next_at = function.context(ExecutionContext.heap_next.offset)
    end_at = function.context(ExecutionContext.heap_end.offset)
    start = function.define(f"load i64, ptr {next_at}, {RUN}")
    after = function.define(f"add i64 {start}, {size}")
    end = function.define(f"load i64, ptr {end_at}, {RUN}")
    full = function.define(f"icmp ugt i64 {after}, {end}")
    function.emit(f"br i1 {full}, label %{slow}, label %{fast}, {UNLIKELY}")
    function.begin(slow)
    helper = function.helper("allocate")
    elsewhere = function.define(f"call i64 {helper}(ptr swiftself %context, i64 {size}) #0")
    function.emit(f"br label %{join}")
    function.begin(fast)
    function.emit(f"store i64 {after}, ptr {next_at}, {RUN}")
    function.emit(f"br label %{join}")
    function.begin(join)
    address = function.define(f"phi i64 [ {elsewhere}, %{slow} ], [ {start}, %{fast} ]")
    place = function.context(ExecutionContext.heap_starts.offset)
    starts = function.define(f"load ptr, ptr {place}, {INVARIANT}")
    granule = function.define(f"lshr i64 {address}, {GRANULE.bit_length() - 1}")
    started = function.define(f"getelementptr i8, ptr {starts}, i64 {granule}")
    function.emit(f"store i8 1, ptr {started}, {START}")
    object_ = function.define(f"inttoptr i64 {address} to ptr")
    type_ = function.define(f"load ptr, ptr {function.module.place('type', type_index)}, {INVARIANT}")
    function.emit(f"store ptr {type_}, ptr {object_}, {HEADER}")
    return object_


def _struct(function: Function, index: int) -> StructType:
    return function.module.valid.struct_type(index)


def _struct_new(function: Function, index: int) -> None:
    struct = _struct(function, index)
    values = function.pop_many(len(struct.fields))
    object_ = allocate(function, index, struct_size(struct))
    for field, offset, value in zip(struct.fields, offsets(struct), values, strict=False):
        _store(function, field.storage, value, _at(function, object_, offset))
    function.push("ptr", object_)


def _struct_new_default(function: Function, index: int) -> None:
    struct = _struct(function, index)
    object_ = allocate(function, index, struct_size(struct))
    for field, offset in zip(struct.fields, offsets(struct), strict=False):
        zero = f"{_stored(field.storage)} {_zero(field.storage)}"
        place = _at(function, object_, offset)
        function.emit(f"store {zero}, ptr {place}, align {_alignment(field.storage)}, {FIELD}")
    function.push("ptr", object_)


def _field(function: Function, index: int, field: int) -> str:
    """Pop a struct; where its field is."""
    object_ = function.pop()
    function.trap_if(function.define(f"icmp eq ptr {object_}, null"), TrapKind.NULL_STRUCTURE)
    return _at(function, object_, offsets(_struct(function, index))[field])


def _struct_get(sign: str) -> Any:
    def rule(function: Function, index: int, field: int) -> None:
        place = _field(function, index, field)
        _load(function, _struct(function, index).fields[field].storage, place, sign)

    return rule


def _struct_set(function: Function, index: int, field: int) -> None:
    value = function.pop()
    place = _field(function, index, field)
    _store(function, _struct(function, index).fields[field].storage, value, place)


def _element(function: Function, index: int) -> StorageType:
    """The type of the elements of an array type."""
    return function.module.valid.array_type(index).element.storage


def _logarithm(storage: StorageType) -> int:
    return width(storage).bit_length() - 1


def _new_array(function: Function, index: int, length: str) -> str:
    """Allocate an array; what its elements are is arbitrary."""
    storage = _element(function, index)
    if length.isdecimal():
        size: str | int = -(-(ELEMENTS + int(length) * width(storage)) // GRANULE) * GRANULE
    else:
        count = function.define(f"zext i32 {length} to i64")
        bytes_ = function.define(f"shl nuw nsw i64 {count}, {_logarithm(storage)}")
        end = function.define(f"add nuw nsw i64 {bytes_}, {ELEMENTS + GRANULE - 1}")
        size = function.define(f"and i64 {end}, {-GRANULE}")
    object_ = allocate(function, index, size)
    function.emit(f"store i32 {length}, ptr {_at(function, object_, LENGTH)}, {HEADER}")
    return object_


def _fill(function: Function, storage: StorageType, array: str, start: str, value: str, count: str) -> None:
    """Set elements of an array, indices being i64; `value` is as it is stored."""
    llvm, bits = _stored(storage), 8 * width(storage)
    wanted = element_type(bits)
    if llvm == "ptr":
        value = function.define(f"ptrtoint ptr {value} to {wanted}")
    elif llvm != wanted:
        value = function.define(f"bitcast {llvm} {value} to {wanted}")
    fill = function.helper(f"array_fill_{bits}")
    function.emit(
        f"call void {fill}(ptr swiftself %context, ptr {array}, i64 {start}, {wanted} {value},"
        f" i64 {count}) #0"
    )


def _narrow(function: Function, storage: StorageType, value: str) -> str:
    """An operand as it is stored."""
    return function.define(f"trunc i32 {value} to {storage}") if storage in _PACKED else value


def _array_new(function: Function, index: int) -> None:
    length, value = function.pop(), function.pop()
    storage = _element(function, index)
    array = _new_array(function, index, length)
    count = function.define(f"zext i32 {length} to i64")
    _fill(function, storage, array, "0", _narrow(function, storage, value), count)
    function.push("ptr", array)


def _array_new_default(function: Function, index: int) -> None:
    length = function.pop()
    storage = _element(function, index)
    array = _new_array(function, index, length)
    count = function.define(f"zext i32 {length} to i64")
    _fill(function, storage, array, "0", _zero(storage), count)
    function.push("ptr", array)


def _array_new_fixed(function: Function, index: int, length: int) -> None:
    storage = _element(function, index)
    values = function.pop_many(length)
    array = _new_array(function, index, str(length))
    for number, value in enumerate(values):
        place = _at(function, array, ELEMENTS + number * width(storage))
        _store(function, storage, value, place)
    function.push("ptr", array)


def _array_new_segment(kind: str) -> Any:
    def rule(function: Function, index: int, segment: int) -> None:
        length = function.pop()
        from_ = function.pop_offset("i32")
        count = function.define(f"zext i32 {length} to i64")
        logarithm = _logarithm(_element(function, index))
        what = f"ptr {function.module.place(kind, segment)}, i64 {from_}, i64 {count}, i64 {logarithm}"
        check = function.helper(f"array_check_{kind}")
        function.define(f"call ptr {check}(ptr swiftself %context, {what}) #0")
        array = _new_array(function, index, length)
        init = function.helper(f"array_init_{kind}")
        function.emit(f"call void {init}(ptr swiftself %context, ptr {array}, i64 0, {what}) #0")
        function.push("ptr", array)

    return rule


def _pop_array(function: Function) -> str:
    array = function.pop()
    function.trap_if(function.define(f"icmp eq ptr {array}, null"), TrapKind.NULL_ARRAY)
    return array


def _place(function: Function, storage: StorageType) -> str:
    """Pop an index and an array; where the element is, checked."""
    index = function.pop()
    array = _pop_array(function)
    length = function.define(f"load i32, ptr {_at(function, array, LENGTH)}, {HEADER}")
    function.trap_if(function.define(f"icmp uge i32 {index}, {length}"), TrapKind.ARRAY_BOUNDS)
    number = function.define(f"zext i32 {index} to i64")
    first = _at(function, array, ELEMENTS)
    return function.define(f"getelementptr inbounds {_stored(storage)}, ptr {first}, i64 {number}")


def _array_get(sign: str) -> Any:
    def rule(function: Function, index: int) -> None:
        storage = _element(function, index)
        _load(function, storage, _place(function, storage), sign)

    return rule


def _array_set(function: Function, index: int) -> None:
    storage = _element(function, index)
    value = function.pop()
    _store(function, storage, value, _place(function, storage))


def _array_len(function: Function) -> None:
    array = _pop_array(function)
    function.push("i32", function.define(f"load i32, ptr {_at(function, array, LENGTH)}, {HEADER}"))


def _array_fill(function: Function, index: int) -> None:
    storage = _element(function, index)
    count, value, start = function.pop_offset("i32"), function.pop(), function.pop_offset("i32")
    array = _pop_array(function)
    _fill(function, storage, array, start, _narrow(function, storage, value), count)


def _array_copy(function: Function, target_index: int, source_index: int) -> None:
    count, from_, source = function.pop_offset("i32"), function.pop_offset("i32"), function.pop()
    to = function.pop_offset("i32")
    target = _pop_array(function)
    function.trap_if(function.define(f"icmp eq ptr {source}, null"), TrapKind.NULL_ARRAY)
    copy = function.helper("array_copy")
    logarithm = _logarithm(_element(function, target_index))
    function.emit(
        f"call void {copy}(ptr swiftself %context, ptr {target}, i64 {to}, ptr {source}, i64 {from_},"
        f" i64 {count}, i64 {logarithm}) #0"
    )


def _array_init(kind: str) -> Any:
    def rule(function: Function, index: int, segment: int) -> None:
        count, from_, to = (function.pop_offset("i32") for _ in range(3))
        array = _pop_array(function)
        init, place = function.helper(f"array_init_{kind}"), function.module.place(kind, segment)
        logarithm = _logarithm(_element(function, index))
        function.emit(
            f"call void {init}(ptr swiftself %context, ptr {array}, i64 {to}, ptr {place}, i64 {from_},"
            f" i64 {count}, i64 {logarithm}) #0"
        )

    return rule


RULES: dict[str, Any] = {
    "struct.new": _struct_new,
    "struct.new_default": _struct_new_default,
    "struct.get": _struct_get(""),
    "struct.get_s": _struct_get("s"),
    "struct.get_u": _struct_get("z"),
    "struct.set": _struct_set,
    "array.new": _array_new,
    "array.new_default": _array_new_default,
    "array.new_fixed": _array_new_fixed,
    "array.new_data": _array_new_segment("data"),
    "array.new_elem": _array_new_segment("elem"),
    "array.get": _array_get(""),
    "array.get_s": _array_get("s"),
    "array.get_u": _array_get("z"),
    "array.set": _array_set,
    "array.len": _array_len,
    "array.fill": _array_fill,
    "array.copy": _array_copy,
    "array.init_data": _array_init("data"),
    "array.init_elem": _array_init("elem"),
}
