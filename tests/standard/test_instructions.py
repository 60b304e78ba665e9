"""The table of instructions: whole, and its opcodes those of an independent assembler."""

from __future__ import annotations

import copy
import pickle

import pytest

from harness.assembler import assemble
from harness.standard import instructions_scalar, instructions_vector
from harness.standard.binary import read
from harness.standard.features import ALL, FEATURES
from harness.standard.instructions import BY_OPCODE, INSTRUCTIONS, Instruction

_TEXT = {
    "select_t": "select (result i32)",
    "ref.test_null": "ref.test (ref null func)",
    "ref.cast_null": "ref.cast (ref null func)",
    "ref.test": "ref.test (ref func)",
    "ref.cast": "ref.cast (ref func)",
    "br_on_cast": "br_on_cast 0 (ref null func) (ref func)",
    "br_on_cast_fail": "br_on_cast_fail 0 (ref null func) (ref func)",
    "call_indirect": "call_indirect (type 0)",
    "return_call_indirect": "return_call_indirect (type 0)",
    "memory.init": "memory.init 0",
    "table.init": "table.init 0",
    "else": "if else end",
    "end": "",
    "try_table": "try_table end",
    "block": "block end",
    "loop": "loop end",
    "if": "if end",
}
"""What is written otherwise than the name and a zero an index."""

_OPERAND = {
    "memarg": "",
    "blocktype": "",
    "ordering": "",
    "labels": "0",
    "lanes": "0 " * 16,
    "v128": "i64x2 0 0",
    "heaptype": "func",
}


def _text(row: Instruction) -> str:
    if row.name in _TEXT:
        return _TEXT[row.name]
    return " ".join([row.name, *(_OPERAND.get(kind, "0") for kind in row.immediates)])


def test_no_line_of_the_table_hides_another() -> None:
    lines = [
        line
        for table in (instructions_scalar.TABLE, instructions_vector.TABLE)
        for line in table.splitlines()
        if line and not line.startswith("[")
    ]
    assert len(lines) == len(INSTRUCTIONS) == len(BY_OPCODE)


def test_features_are_in_the_table_of_features() -> None:
    assert {row.feature for row in INSTRUCTIONS.values()} <= FEATURES.keys()


def test_every_access_has_a_width_and_nothing_else_has() -> None:
    for row in INSTRUCTIONS.values():
        assert (row.width > 0) == ("memarg" in row.immediates), row
        assert row.width in (0, 1, 2, 4, 8, 16)


@pytest.mark.parametrize("feature", dict.fromkeys(row.feature for row in INSTRUCTIONS.values()))
def test_opcodes_are_those_of_the_assembler(feature: str) -> None:
    rows = [row for row in INSTRUCTIONS.values() if row.feature == feature]
    assert rows
    for row in rows:
        text = f"(module (type (func)) (memory 1) (table 1 funcref) (func {_text(row)}))"
        binary = assemble(text, first="in-process").binary
        assert row in [instr[0] for instr in read(binary, ALL).funcs[0].body], text


@pytest.mark.parametrize(
    "twin",
    [copy.copy, copy.deepcopy, lambda row: pickle.loads(pickle.dumps(row))],
    ids=["copy", "deep", "pickle"],
)
def test_a_row_stays_itself(twin: object) -> None:
    row = INSTRUCTIONS["i32.add"]
    assert callable(twin)
    assert twin(row) is row
    assert repr(row) == "<i32.add>"
