"""Reading instructions and expressions (standard, "Binary Format / Instructions").

Most of a module is code, so the common instructions come out of tables: those without immediates, and those
with one immediate of one byte, are tuples that were made beforehand and are shared. The rest is composed from
one reader a kind of immediate.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any, TypeAlias

from harness.engine import Unsupported
from harness.polling import PIECE
from harness.standard import limits
from harness.standard.binary import types
from harness.standard.binary.cursor import Cursor
from harness.standard.instructions import BY_OPCODE, INSTRUCTIONS, Instruction
from harness.standard.syntax import Catch, MemArg
from harness.standard.types import I32, I64, RefType, ValType

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from harness.standard.syntax import Expr, Instr

_BLOCKS = frozenset(INSTRUCTIONS[name].opcode for name in ("block", "loop", "if", "try_table"))
_IF, _ELSE, _END = (INSTRUCTIONS[name].opcode for name in ("if", "else", "end"))
_CLOSE: Instr = (INSTRUCTIONS["end"],)
_FIRST_ACCESS, _LAST_ACCESS = INSTRUCTIONS["i32.load"].opcode, INSTRUCTIONS["i64.store32"].opcode
_PREFIXES = frozenset(row.opcode >> 16 for row in INSTRUCTIONS.values() if row.opcode >> 16)
_ALSO = {INSTRUCTIONS["return_call_ref"].opcode: "tail-call"}
"""A second feature that an instruction takes; `relaxed-simd` takes `simd` as well."""


def _labels(cursor: Cursor) -> tuple[int, ...]:
    return tuple(cursor.vector(Cursor.u32))


def _table_index(cursor: Cursor) -> int:
    return _index_from_version(cursor, "reference-types", "table")


def _memory_index(cursor: Cursor) -> int:
    return _index_from_version(cursor, "multi-memory", "memory")


def _index_from_version(cursor: Cursor, feature: str, kind: str) -> int:
    if feature in cursor.allowed:
        return cursor.unsigned(32)
    if cursor.byte() != 0:
        cursor.fail(
            f"zero byte expected: the index of a {kind} needs the feature {feature}", cursor.position - 1
        )
    return 0


def _memarg(cursor: Cursor) -> MemArg:
    start = cursor.position
    align = cursor.unsigned(32)
    memory = 0
    if align >= 64:
        if align >= 128:
            cursor.fail("malformed memop flags", start)
        cursor.need("multi-memory", "the index of a memory")
        align -= 64
        memory = cursor.unsigned(32)
    return MemArg(align, cursor.unsigned(64 if "memory64" in cursor.allowed else 32), memory)


def _val_types(cursor: Cursor) -> tuple[ValType, ...]:
    return tuple(cursor.vector(types.val_type))


_CATCHES = ("catch", "catch_ref", "catch_all", "catch_all_ref")


def _catch(cursor: Cursor) -> Catch:
    kind = cursor.byte()
    if kind >= len(_CATCHES):
        cursor.fail("malformed catch clause", cursor.position - 1)
    tag = cursor.unsigned(32) if kind < 2 else None
    return Catch(_CATCHES[kind], tag, cursor.unsigned(32))


def _catches(cursor: Cursor) -> tuple[Catch, ...]:
    return tuple(cursor.vector(_catch))


def _cast(cursor: Cursor) -> tuple[int, RefType, RefType]:
    """The label and both types of a branching cast."""
    nullabilities = cursor.byte()
    if nullabilities > 3:
        cursor.fail("malformed br_on_cast flags", cursor.position - 1)
    label = cursor.unsigned(32)
    before = RefType(bool(nullabilities & 1), types.heap_type(cursor))
    after = RefType(bool(nullabilities & 2), types.heap_type(cursor))
    return label, before, after


def _ordering(cursor: Cursor) -> int:
    ordering = cursor.byte()
    if ordering != 0:
        cursor.fail("malformed ordering: zero byte expected", cursor.position - 1)
    return ordering


def _bits(size: int) -> Callable[[Cursor], int]:
    return lambda cursor: int.from_bytes(cursor.bytes(size), "little")


_IMMEDIATES: dict[str, Callable[[Cursor], Any]] = {
    **dict.fromkeys(("labelidx", "funcidx", "typeidx", "localidx", "globalidx", "tagidx"), Cursor.u32),
    **dict.fromkeys(("dataidx", "elemidx", "fieldidx", "u32"), Cursor.u32),
    "tableidx": _table_index,
    "memidx": _memory_index,
    "blocktype": types.block_type,
    "labels": _labels,
    "valtypes": _val_types,
    "catches": _catches,
    "heaptype": types.heap_type,
    "memarg": _memarg,
    "lane": Cursor.byte,
    "lanes": lambda cursor: tuple(cursor.bytes(16)),
    "i32": lambda cursor: cursor.signed(32) & 0xFFFF_FFFF,
    "i64": lambda cursor: cursor.signed(64) & 0xFFFF_FFFF_FFFF_FFFF,
    "f32": _bits(4),
    "f64": _bits(8),
    "v128": _bits(16),
    "ordering": _ordering,
}  # fmt: skip

_Reader: TypeAlias = "Callable[[Cursor], Instr]"


def _reader(row: Instruction) -> _Reader:
    """A function that reads the immediates of an instruction and makes the instruction."""
    if row.immediates == ("labelidx", "reftype", "reftype"):
        return lambda cursor: (row, *_cast(cursor))
    if len(row.immediates) == 1:
        read = _IMMEDIATES[row.immediates[0]]
        return lambda cursor: (row, read(cursor))
    readers = [_IMMEDIATES[kind] for kind in row.immediates]
    return lambda cursor: (row, *[read(cursor) for read in readers])


_READERS: dict[int, _Reader] = {opcode: _reader(row) for opcode, row in BY_OPCODE.items()}

_PLAIN: list[Instr | None] = [None] * 256
"""By opcode: the instruction, if it has no immediates."""
_SHORT: list[list[Instr | None] | None] = [None] * 256
"""By opcode, then by the next byte: the instruction, if that byte is all its immediates."""
_ACCESSES: dict[bytes, Instr] = {}
"""Loads and stores by their three bytes, if they have no more; those that were met so far."""


def _fill_tables() -> None:
    """Only for the first version: the use of any other feature has to be noted."""
    for opcode, row in BY_OPCODE.items():
        if row.feature != "mvp" or opcode in _BLOCKS or opcode in (_ELSE, _END):
            continue
        if not row.immediates:
            _PLAIN[opcode] = (row,)
        elif row.immediates in (("labelidx",), ("funcidx",), ("localidx",), ("globalidx",)):
            _SHORT[opcode] = [*((row, index) for index in range(128)), *[None] * 128]
        elif row.immediates in (("i32",), ("i64",)):
            mask = 0xFFFF_FFFF if row.immediates == ("i32",) else 0xFFFF_FFFF_FFFF_FFFF
            values = (byte if byte < 64 else byte - 128 & mask for byte in range(128))
            _SHORT[opcode] = [*((row, value) for value in values), *[None] * 128]


_fill_tables()


def _instruction(cursor: Cursor) -> Instr:
    """Any instruction, whatever its feature."""
    start = cursor.position
    opcode = cursor.byte()
    if opcode in _PREFIXES:
        opcode = opcode << 16 | min(cursor.unsigned(32), 0xFFFF)
    row = BY_OPCODE.get(opcode)
    if row is None:
        cursor.fail(f"illegal opcode {cursor.data[start : cursor.position].hex(' ')}", start)
    feature = row.feature
    if feature not in cursor.used:
        cursor.need(feature, row.name)
    if feature == "relaxed-simd":
        cursor.need("simd", row.name)
    elif opcode in _ALSO:
        cursor.need(_ALSO[opcode], row.name)
    return _READERS[opcode](cursor)


def _access(cursor: Cursor) -> Instr:
    """A load or store of the first version."""
    start = cursor.position
    instr = _instruction(cursor)
    # One byte for the opcode and one for each number; with few alignments this stays small.
    if cursor.position == start + 3 and instr[1].align < 4:
        _ACCESSES[cursor.data[start : start + 3]] = instr
    return instr


def expression(cursor: Cursor) -> tuple[Expr, Sequence[int]]:
    """The instructions up to the `end` of the expression, and where in the binary each of them starts."""
    data = cursor.data
    position = cursor.position
    plain, short, accesses = _PLAIN, _SHORT, _ACCESSES
    instrs: Expr = []
    offsets = array("Q")
    append, append_offset = instrs.append, offsets.append
    base = cursor.base
    blocks: list[int] = []
    while True:
        cursor.poll()
        stop = position + PIECE
        while position < stop:
            append_offset(base + position)
            opcode = data[position]
            instr = plain[opcode]
            if instr is not None:
                position += 1
                append(instr)
                continue
            by_byte = short[opcode]
            if by_byte is not None:
                instr = by_byte[data[position + 1]]
                if instr is not None:
                    position += 2
                    append(instr)
                    continue
            if opcode == _END:
                position += 1
                append(_CLOSE)
                if not blocks:
                    cursor.position = position
                    return instrs, offsets
                blocks.pop()
                continue
            if _FIRST_ACCESS <= opcode <= _LAST_ACCESS:
                instr = accesses.get(data[position : position + 3])
                if instr is not None:
                    position += 3
                    append(instr)
                    continue
                read = _access
            else:
                read = _instruction
            cursor.position = position
            append(read(cursor))
            position = cursor.position
            if opcode in _BLOCKS:
                blocks.append(opcode)
                if len(blocks) > limits.NESTING:
                    raise Unsupported(
                        f"at 0x{cursor.base + position:x}: blocks nested deeper than {limits.NESTING}"
                    )
            elif opcode == _ELSE:
                if not blocks or blocks[-1] != _IF:
                    cursor.fail("else without if", position - 1)
                blocks[-1] = _ELSE


_EXTENDED = frozenset(
    INSTRUCTIONS[f"{type_}.{name}"] for type_ in (I32, I64) for name in ("add", "sub", "mul")
)


def constant(cursor: Cursor) -> Expr:
    """A constant expression."""
    instrs, _ = expression(cursor)
    if any(instr[0] in _EXTENDED for instr in instrs):
        cursor.used.add("extended-const")
    return instrs
