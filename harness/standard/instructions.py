"""The one table of instructions (standard, "Binary Format / Instructions" and "Validation / Instructions").

Everything that reads, writes, validates, executes or generates instructions derives from it. A line of the
table is one instruction:

    0xFD 0x54 v128.load8_lane memarg/1 lane : addr v128 -> v128

that is opcode (with its prefix), name, kinds of the immediates in the order of the binary format, and type:
what is taken from and put on the stack, or ``*`` where validation has a rule of its own. ``[feature]`` heads
the instructions that the feature brought. Names are those of the text format, but for pairs of opcodes that
share one there: `select_t` is the `select` with types, `ref.test_null` and `ref.cast_null` are the `ref.test`
and `ref.cast` to a nullable type.

Immediates, as they stand in an instruction of `harness.standard.syntax`:

    labelidx funcidx typeidx localidx globalidx tableidx memidx tagidx dataidx elemidx fieldidx    int
    u32                 int (the length of array.new_fixed)
    blocktype           None (no parameter, no result) | ValType (one result) | int (index of a function type)
    labels              tuple of int
    valtypes            tuple of ValType
    catches             tuple of Catch
    heaptype reftype    HeapType, RefType
    memarg              MemArg; ``memarg/4`` says that the instruction accesses 4 bytes
    lane                int
    lanes               tuple of 16 int
    i32 i64 f32 f64 v128    int: the bits, unsigned; lane 0 of a v128 in the lowest bits
    ordering            int: the ordering of atomic.fence, always 0

`reftype` occurs only in ``labelidx reftype reftype``, the immediates of the branching casts: the binary
format holds both nullabilities in a byte before the label, and then the two heap types.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from harness.standard import instructions_scalar, instructions_vector
from harness.standard.types import F32, F64, I32, I64, V128, RefType, ValType

OperandTypes: TypeAlias = tuple[ValType, ...]

ADDRESS = "addr"
"""Stands in `params` and `results` for the address type of the memory or table that the instruction names."""

_TYPES: dict[str, ValType] = {
    **{name: name for name in (I32, I64, F32, F64, V128, ADDRESS)},
    "eqref": RefType(True, "eq"),
    "i31ref": RefType(True, "i31"),
    "arrayref": RefType(True, "array"),
    "(ref-i31)": RefType(False, "i31"),
}


@dataclass(frozen=True, slots=True, eq=False)
class Instruction:
    """A row of the table. There is one object a row: compare with `is`."""

    name: str
    opcode: int
    """``0x6A``; with a prefix ``prefix << 16 | opcode``."""
    immediates: tuple[str, ...]
    width: int
    """Bytes accessed in memory; 0 without a `memarg`."""
    params: OperandTypes | None
    """None where validation has a rule of its own."""
    results: OperandTypes | None
    feature: str
    """A name of `harness.standard.features`."""

    def __repr__(self) -> str:
        return f"<{self.name}>"

    def __reduce__(self) -> tuple[object, ...]:
        return _row, (self.name,)


def _row(name: str) -> Instruction:
    return INSTRUCTIONS[name]


def _parse(table: str) -> dict[str, Instruction]:
    rows: dict[str, Instruction] = {}
    feature = ""
    for line in table.split("\n"):
        if line.startswith("["):
            feature = line[1:-1]
        elif line:
            head, _, type_ = line.partition(" : ")
            words = head.split()
            opcode = int(words.pop(0), 16)
            if words[0].startswith("0x"):
                opcode = opcode << 16 | int(words.pop(0), 16)
            name, *kinds = words
            width = 0
            if kinds and kinds[0].startswith("memarg/"):
                width = int(kinds[0][len("memarg/") :])
                kinds[0] = "memarg"
            params = results = None
            if type_ != "*":
                before, _, after = type_.partition("->")
                params = tuple([_TYPES[word] for word in before.split()])
                results = tuple([_TYPES[word] for word in after.split()])
            rows[name] = Instruction(name, opcode, tuple(kinds), width, params, results, feature)
    return rows


INSTRUCTIONS: dict[str, Instruction] = _parse(instructions_scalar.TABLE + instructions_vector.TABLE)
"""Every instruction by its name."""

BY_OPCODE: dict[int, Instruction] = {row.opcode: row for row in INSTRUCTIONS.values()}
"""Every instruction by its opcode."""
