"""Reading types (standard, "Binary Format / Types")."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.standard.types import (
    F32,
    F64,
    FUNCREF,
    I32,
    I64,
    V128,
    ArrayType,
    CompType,
    FieldType,
    FuncType,
    GlobalType,
    HeapType,
    Limits,
    MemType,
    RecType,
    RefType,
    ResultType,
    StorageType,
    StructType,
    SubType,
    TableType,
    TagType,
    ValType,
)

if TYPE_CHECKING:
    from harness.standard.binary.cursor import Cursor
    from harness.standard.syntax import BlockType

_NUMBERS = {0x7F: I32, 0x7E: I64, 0x7D: F32, 0x7C: F64}
_HEAP = {
    0x74: "noexn", 0x73: "nofunc", 0x72: "noextern", 0x71: "none", 0x70: "func", 0x6F: "extern",
    0x6E: "any", 0x6D: "eq", 0x6C: "i31", 0x6B: "struct", 0x6A: "array", 0x69: "exn",
}  # fmt: skip
_HEAP_FEATURE = {
    "func": "reference-types",
    "extern": "reference-types",
    "exn": "exceptions",
    "noexn": "exceptions",
}
_REF, _REF_NULL = 0x64, 0x63
_SHORT = {byte: RefType(True, heap) for byte, heap in _HEAP.items()}
_EMPTY = 0x40

_REC, _SUB, _SUB_FINAL = 0x4E, 0x50, 0x4F
_FUNC, _STRUCT, _ARRAY = 0x60, 0x5F, 0x5E
_PACKED = {0x78: "i8", 0x77: "i16"}

_HAS_MAX, _SHARED, _I64, _PAGE_SIZE = 1, 2, 4, 8


def heap_type(cursor: Cursor) -> HeapType:
    """A heap type."""
    start = cursor.position
    byte = cursor.data[start]
    heap = _HEAP.get(byte)
    if heap is not None:
        cursor.position += 1
        cursor.need(_HEAP_FEATURE.get(heap, "gc"), f"the heap type {heap}")
        return heap
    index = cursor.signed(33)
    if index < 0:
        cursor.fail("malformed heap type", start)
    cursor.need("function-references", "a type index as heap type")
    return index


def ref_type(cursor: Cursor) -> RefType:
    """A reference type."""
    byte = cursor.byte()
    short = _SHORT.get(byte)
    if short is not None:
        cursor.need(_HEAP_FEATURE.get(str(short.heap), "gc"), f"the type {short.heap}ref")
        return short
    if byte not in (_REF, _REF_NULL):
        cursor.fail("malformed reference type", cursor.position - 1)
    cursor.need("function-references", "a typed reference")
    return RefType(byte == _REF_NULL, heap_type(cursor))


def val_type(cursor: Cursor) -> ValType:
    """A value type."""
    byte = cursor.data[cursor.position]
    number = _NUMBERS.get(byte)
    if number is not None:
        cursor.position += 1
        return number
    if byte == 0x7B:
        cursor.position += 1
        cursor.need("simd", "the type v128")
        return V128
    if byte not in _SHORT and byte not in (_REF, _REF_NULL):
        cursor.fail("malformed value type")
    return ref_type(cursor)


def block_type(cursor: Cursor) -> BlockType:
    """The type of a block."""
    start = cursor.position
    byte = cursor.data[start]
    if byte == _EMPTY:
        cursor.position += 1
        return None
    if _EMPTY < byte < 0x80:
        return val_type(cursor)
    index = cursor.signed(33)
    if index < 0:
        cursor.fail("malformed block type", start)
    cursor.need("multi-value", "a type index as type of a block")
    return index


def _result_type(cursor: Cursor) -> ResultType:
    return tuple(cursor.vector(val_type))


def _field_type(cursor: Cursor) -> FieldType:
    packed = _PACKED.get(cursor.data[cursor.position])
    storage: StorageType
    if packed is not None:
        cursor.position += 1
        storage = packed
    else:
        storage = val_type(cursor)
    return FieldType(storage, _mutability(cursor))


def _mutability(cursor: Cursor) -> bool:
    byte = cursor.byte()
    if byte > 1:
        cursor.fail("malformed mutability", cursor.position - 1)
    return byte == 1


def _comp_type(cursor: Cursor) -> CompType:
    byte = cursor.byte()
    if byte == _FUNC:
        params, results = _result_type(cursor), _result_type(cursor)
        if len(results) > 1:
            cursor.used.add("multi-value")
        return FuncType(params, results)
    if byte == _STRUCT:
        cursor.need("gc", "a struct type")
        return StructType(tuple(cursor.vector(_field_type)))
    if byte == _ARRAY:
        cursor.need("gc", "an array type")
        return ArrayType(_field_type(cursor))
    return cursor.fail("malformed definition type", cursor.position - 1)


def _sub_type(cursor: Cursor) -> SubType:
    byte = cursor.data[cursor.position]
    if byte in (_SUB, _SUB_FINAL):
        cursor.position += 1
        cursor.need("gc", "a subtype")
        supertypes = tuple([cursor.u32() for _ in range(cursor.u32())])
        return SubType(byte == _SUB_FINAL, supertypes, _comp_type(cursor))
    return SubType(True, (), _comp_type(cursor))


def rec_type(cursor: Cursor) -> RecType:
    """A group of recursive types; a type on its own is a group of one."""
    if cursor.data[cursor.position] == _REC:
        cursor.position += 1
        cursor.need("gc", "a group of recursive types")
        return tuple(cursor.vector(_sub_type))
    return (_sub_type(cursor),)


def _limits(cursor: Cursor, flags: int) -> Limits:
    bits = 64 if "memory64" in cursor.allowed else 32
    address = I64 if flags & _I64 else I32
    if flags & _I64:
        cursor.need("memory64", "a 64-bit address type")
    minimum = cursor.unsigned(bits)
    return Limits(minimum, cursor.unsigned(bits) if flags & _HAS_MAX else None, address)


def table_type(cursor: Cursor) -> TableType:
    """The type of a table."""
    start = cursor.position
    # The tables of functions of the first version come without the feature of references.
    if cursor.data[start] == 0x70:
        cursor.position += 1
        ref = FUNCREF
    else:
        ref = ref_type(cursor)
    flags = cursor.byte()
    if flags & ~(_HAS_MAX | _I64):
        cursor.fail("malformed limits flags", cursor.position - 1)
    return TableType(_limits(cursor, flags), ref)


def mem_type(cursor: Cursor) -> MemType:
    """The type of a memory."""
    flags = cursor.byte()
    if flags & ~(_HAS_MAX | _SHARED | _I64 | _PAGE_SIZE):
        cursor.fail("malformed limits flags", cursor.position - 1)
    if flags & _SHARED:
        cursor.need("threads", "a shared memory")
    if flags & _PAGE_SIZE:
        cursor.need("custom-page-sizes", "a page size")
    limits = _limits(cursor, flags)
    if not flags & _PAGE_SIZE:
        return MemType(limits, bool(flags & _SHARED))
    exponent = cursor.u32()
    if exponent >= 64:
        cursor.fail("invalid custom page size", cursor.position - 1)
    return MemType(limits, bool(flags & _SHARED), 1 << exponent)


def global_type(cursor: Cursor) -> GlobalType:
    """The type of a global."""
    type_ = val_type(cursor)
    return GlobalType(type_, _mutability(cursor))


def tag_type(cursor: Cursor) -> TagType:
    """The type of a tag."""
    if cursor.byte() != 0:
        cursor.fail("malformed tag attribute", cursor.position - 1)
    return TagType(cursor.u32())
