"""Writing a module (standard, "Binary Format"): the shortest binary there is, so it has one for each module.

What comes out is not checked: a module that is not valid is written as it stands, for tests that need it.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from harness.standard.instructions import INSTRUCTIONS, Instruction
from harness.standard.types import (
    FUNCREF,
    I64,
    ArrayType,
    FuncIndex,
    FuncType,
    GlobalType,
    MemType,
    RefType,
    StructType,
    TableType,
    TagType,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from harness.standard import syntax, types

_TYPE = {
    "i32": 0x7F, "i64": 0x7E, "f32": 0x7D, "f64": 0x7C, "v128": 0x7B, "i8": 0x78, "i16": 0x77,
    "noexn": 0x74, "nofunc": 0x73, "noextern": 0x72, "none": 0x71, "func": 0x70, "extern": 0x6F, "any": 0x6E,
    "eq": 0x6D, "i31": 0x6C, "struct": 0x6B, "array": 0x6A, "exn": 0x69,
}  # fmt: skip
_KIND = {"func": 0, "table": 1, "memory": 2, "global": 3, "tag": 4}
_CATCH = {"catch": 0, "catch_ref": 1, "catch_all": 2, "catch_all_ref": 3}
_REF_FUNC = INSTRUCTIONS["ref.func"]
_FUNCTIONS = RefType(False, "func")
"""The type of a segment that lists functions by their indices."""


def write(module: syntax.Module) -> bytes:
    """The binary of a module."""
    functions = [unsigned(func.type) for func in module.funcs]
    data_count = [] if module.data_count is None else [unsigned(module.data_count)]
    start = [] if module.start is None else [unsigned(module.start)]
    return b"\0asm\1\0\0\0" + b"".join(
        [
            _section(1, map(_rec_type, module.types)),
            _section(2, map(_import, module.imports)),
            _section(3, functions),
            _section(4, map(_table, module.tables)),
            _section(5, map(_mem_type, module.memories)),
            _section(13, map(_tag_type, module.tags)),
            _section(6, map(_global, module.globals)),
            _section(7, map(_export, module.exports)),
            _section(8, start, counted=False),
            _section(9, map(_elem, module.elems)),
            _section(12, data_count, counted=False),
            _section(10, map(_func, module.funcs)),
            _section(11, map(_data, module.datas)),
        ]
    )


def _section(number: int, items: Iterable[bytes], *, counted: bool = True) -> bytes:
    """A section; nothing at all if there is nothing in it."""
    content = list(items)
    if not content:
        return b""
    return bytes([number]) + _sized(vector(content) if counted else b"".join(content))


def unsigned(value: int) -> bytes:
    """LEB128 of an integer that is not negative."""
    encoded = bytearray()
    while value >= 0x80:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def signed(value: int) -> bytes:
    """LEB128 of an integer."""
    encoded = bytearray()
    while not -0x40 <= value < 0x40:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value & 0x7F)
    return bytes(encoded)


def vector(items: Sequence[bytes]) -> bytes:
    """A count and the items."""
    return unsigned(len(items)) + b"".join(items)


def _sized(content: bytes) -> bytes:
    return unsigned(len(content)) + content


def _name(name: str) -> bytes:
    return _sized(name.encode())


# Types


def _heap_type(heap: types.HeapType) -> bytes:
    return bytes([_TYPE[heap]]) if isinstance(heap, str) else signed(heap)


def _ref_type(type_: RefType) -> bytes:
    if type_.nullable and isinstance(type_.heap, str):
        return _heap_type(type_.heap)
    return (b"\x63" if type_.nullable else b"\x64") + _heap_type(type_.heap)


def _storage_type(type_: types.StorageType) -> bytes:
    return bytes([_TYPE[type_]]) if isinstance(type_, str) else _ref_type(type_)


def _result_type(result: Iterable[types.StorageType]) -> bytes:
    return vector([_storage_type(type_) for type_ in result])


def _block_type(type_: syntax.BlockType) -> bytes:
    if type_ is None:
        return b"\x40"
    return signed(type_) if isinstance(type_, int) else _storage_type(type_)


def _field_type(field: types.FieldType) -> bytes:
    return _storage_type(field.storage) + bytes([field.mutable])


def _comp_type(comp: types.CompType) -> bytes:
    match comp:
        case FuncType(params, results):
            return b"\x60" + _result_type(params) + _result_type(results)
        case StructType(fields):
            return b"\x5f" + vector([_field_type(field) for field in fields])
        case ArrayType(element):
            return b"\x5e" + _field_type(element)


def _sub_type(sub: types.SubType) -> bytes:
    if sub.final and not sub.supertypes:
        return _comp_type(sub.comp)
    head = b"\x4f" if sub.final else b"\x50"
    return head + vector([unsigned(index) for index in sub.supertypes]) + _comp_type(sub.comp)


def _rec_type(group: types.RecType) -> bytes:
    if len(group) == 1:
        return _sub_type(group[0])
    return b"\x4e" + vector([_sub_type(sub) for sub in group])


def _limits(limits: types.Limits, flags: int = 0) -> bytes:
    flags |= (limits.max is not None) | (limits.address == I64) << 2
    upper = b"" if limits.max is None else unsigned(limits.max)
    return bytes([flags]) + unsigned(limits.min) + upper


def _mem_type(type_: MemType) -> bytes:
    if type_.page == 65536:
        return _limits(type_.limits, type_.shared << 1)
    return _limits(type_.limits, type_.shared << 1 | 8) + unsigned(type_.page.bit_length() - 1)


def _table_type(type_: TableType) -> bytes:
    return _ref_type(type_.ref) + _limits(type_.limits)


def _global_type(type_: GlobalType) -> bytes:
    return _storage_type(type_.type) + bytes([type_.mutable])


def _tag_type(type_: TagType) -> bytes:
    return b"\0" + unsigned(type_.type)


def _extern_type(type_: types.ExternType) -> bytes:
    match type_:
        case FuncIndex(index):
            return b"\0" + unsigned(index)
        case TableType():
            return b"\1" + _table_type(type_)
        case MemType():
            return b"\2" + _mem_type(type_)
        case GlobalType():
            return b"\3" + _global_type(type_)
        case TagType():
            return b"\4" + _tag_type(type_)


# Instructions


def _memarg(memarg: syntax.MemArg) -> bytes:
    if memarg.memory:
        return unsigned(memarg.align | 0x40) + unsigned(memarg.memory) + unsigned(memarg.offset)
    return unsigned(memarg.align) + unsigned(memarg.offset)


def _catch(catch: syntax.Catch) -> bytes:
    tag = b"" if catch.tag is None else unsigned(catch.tag)
    return bytes([_CATCH[catch.kind]]) + tag + unsigned(catch.label)


def _signed_bits(n: int) -> Callable[[int], bytes]:
    top = 1 << n - 1
    return lambda bits: signed((bits ^ top) - top)


def _little_endian(size: int) -> Callable[[int], bytes]:
    return lambda bits: bits.to_bytes(size, "little")


_IMMEDIATES: dict[str, Callable[[Any], bytes]] = {
    **dict.fromkeys(
        (
            "labelidx", "funcidx", "typeidx", "localidx", "globalidx", "tableidx", "memidx", "tagidx",
            "dataidx", "elemidx", "fieldidx", "u32", "ordering",
        ),
        unsigned,
    ),
    "blocktype": _block_type,
    "labels": lambda labels: vector([unsigned(label) for label in labels]),
    "valtypes": _result_type,
    "catches": lambda catches: vector([_catch(catch) for catch in catches]),
    "heaptype": _heap_type,
    "memarg": _memarg,
    "lane": lambda lane: bytes([lane]),
    "lanes": bytes,
    "i32": _signed_bits(32),
    "i64": _signed_bits(64),
    "f32": _little_endian(4),
    "f64": _little_endian(8),
    "v128": _little_endian(16),
}  # fmt: skip
"""How to write an immediate, by its kind."""


def _opcode(row: Instruction) -> bytes:
    prefix, opcode = row.opcode >> 16, row.opcode & 0xFFFF
    return bytes([prefix]) + unsigned(opcode) if prefix else bytes([opcode])


def _instruction(instruction: syntax.Instr) -> bytes:
    row, *immediates = instruction
    if row.immediates == ("labelidx", "reftype", "reftype"):
        label, before, after = immediates
        nullabilities = bytes([before.nullable | after.nullable << 1])
        return (
            _opcode(row) + nullabilities + unsigned(label) + _heap_type(before.heap) + _heap_type(after.heap)
        )
    pairs = zip(row.immediates, immediates, strict=True)
    return _opcode(row) + b"".join([_IMMEDIATES[kind](immediate) for kind, immediate in pairs])


def _expr(expr: syntax.Expr) -> bytes:
    return b"".join(map(_instruction, expr))


# Sections


def _import(import_: syntax.Import) -> bytes:
    return _name(import_.module) + _name(import_.name) + _extern_type(import_.type)


def _table(table: syntax.Table) -> bytes:
    if table.init is None:
        return _table_type(table.type)
    return b"\x40\x00" + _table_type(table.type) + _expr(table.init)


def _global(global_: syntax.Global) -> bytes:
    return _global_type(global_.type) + _expr(global_.init)


def _export(export: syntax.Export) -> bytes:
    return _name(export.name) + bytes([_KIND[export.kind]]) + unsigned(export.index)


def _func(func: syntax.Func) -> bytes:
    runs = [(type_, len(list(run))) for type_, run in groupby(func.locals)]
    return _sized(vector([unsigned(n) + _storage_type(type_) for type_, n in runs]) + _expr(func.body))


def _function_indices(elem: syntax.Elem) -> list[bytes] | None:
    """The entries of a segment as indices of functions, if they are nothing else."""
    if elem.type != _FUNCTIONS or any(len(init) != 2 or init[0][0] is not _REF_FUNC for init in elem.init):
        return None
    return [unsigned(init[0][1]) for init in elem.init]


def _elem(elem: syntax.Elem) -> bytes:
    indices = _function_indices(elem)
    if indices is None:
        flags, kind = 4, _ref_type(elem.type)
        entries = vector([_expr(init) for init in elem.init])
        implied = FUNCREF
    else:
        flags, kind = 0, b"\0"
        entries = vector(indices)
        implied = _FUNCTIONS
    if elem.mode != "active":
        return bytes([flags | (1 if elem.mode == "passive" else 3)]) + kind + entries
    assert elem.offset is not None
    if elem.table == 0 and elem.type == implied:
        return bytes([flags]) + _expr(elem.offset) + entries
    return bytes([flags | 2]) + unsigned(elem.table) + _expr(elem.offset) + kind + entries


def _data(data: syntax.Data) -> bytes:
    content = _sized(data.init)
    if data.offset is None:
        return b"\1" + content
    head = b"\2" + unsigned(data.memory) if data.memory else b"\0"
    return head + _expr(data.offset) + content
