"""The binary reader: the whole table, strictness, where errors are, and which features a module uses."""

from __future__ import annotations

import contextlib

import pytest

from harness.assembler import assemble
from harness.engine import Malformed
from harness.standard.binary import read
from harness.standard.binary.writer import write
from harness.standard.features import ALL
from harness.standard.instructions import INSTRUCTIONS, Instruction
from harness.standard.syntax import Catch, Data, Func, Instr, MemArg, Module
from harness.standard.types import I32, FuncType, RecType, RefType, SubType

HEADER = b"\0asm\1\0\0\0"
_TYPES: list[RecType] = [(SubType(True, (), FuncType((), ())),)]

_SAMPLES: dict[str, list[object]] = {
    "blocktype": [None, "i32", RefType(True, "func"), 0],
    "labels": [(), (0,), (1, 2, 300)],
    "valtypes": [("i32",), ("v128", "f64")],
    "catches": [(), (Catch("catch", 3, 1), Catch("catch_ref", 0, 0), Catch("catch_all", None, 2))],
    "heaptype": ["func", "any", "noexn", 5, 500],
    "reftype": [RefType(True, "any"), RefType(False, 3)],
    "memarg": [MemArg(0, 0), MemArg(0, 127), MemArg(2, 1 << 63), MemArg(1, 300, 7)],
    "lane": [0, 31, 255],
    "lanes": [tuple(range(16))],
    "i32": [0, 63, 64, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF],
    "i64": [0, 1, 1 << 62, 1 << 63, (1 << 64) - 1],
    "f32": [0, 0xFFFF_FFFF],
    "f64": [0, 0xFFF0_0000_0000_0001],
    "v128": [0, (1 << 127) + 1],
    "ordering": [0],
}
_INDICES: list[object] = [0, 1, 127, 128, 0xFFFF_FFFF]


def _instructions(row: Instruction) -> list[Instr]:
    """Some with this row, so that every sample of every immediate occurs."""
    samples = [_SAMPLES.get(kind, _INDICES) for kind in row.immediates]
    count = max(map(len, samples), default=1)
    return [(row, *(values[turn % len(values)] for values in samples)) for turn in range(count)]


def _module(row: Instruction) -> Module:
    """A module around them; what its blocks need is added."""
    body: list[Instr] = []
    end: Instr = (INSTRUCTIONS["end"],)
    for instr in _instructions(row):
        match row.name:
            case "end":
                pass
            case "else":
                body += [(INSTRUCTIONS["if"], None), instr, end]
            case "block" | "loop" | "if" | "try_table":
                body += [instr, end]
            case _:
                body.append(instr)
    return Module(types=_TYPES, funcs=[Func(0, [], [*body, end])], data_count=1, datas=[Data(b"", "passive")])


@pytest.mark.parametrize("row", INSTRUCTIONS.values(), ids=INSTRUCTIONS.keys())
def test_every_instruction(row: Instruction) -> None:
    module = _module(row)
    binary = write(module)
    found = read(binary, ALL)
    assert found == module
    assert row.feature in found.features
    assert [binary[offset] for offset in found.funcs[0].offsets] == [
        instr[0].opcode >> 16 or instr[0].opcode for instr in found.funcs[0].body
    ]


@pytest.mark.parametrize(
    "row", [row for row in INSTRUCTIONS.values() if row.feature != "mvp"], ids=lambda row: row.name
)
def test_every_instruction_needs_its_feature(row: Instruction) -> None:
    with pytest.raises(Malformed, match=rf"^at 0x[0-9a-f]+: .* needs the feature {row.feature}$"):
        read(write(_module(row)), ALL - {row.feature})


@pytest.mark.parametrize(
    ("features", "fields"),
    [
        ("", "(memory 1) (table 1 funcref) (func (param i32) (result i32) (local.get 0))"),
        ("", "(table 1 funcref) (elem (i32.const 0) 0) (func (call_indirect (i32.const 0)))"),
        ("", '(memory 1) (global i32 (i32.const 0)) (data (i32.const 0) "")'),
        ("mutable-globals", '(global (export "g") (mut i32) (i32.const 0))'),
        ("mutable-globals", '(global (import "" "") (mut i32))'),
        ("sign-extension", "(func (param i32) (drop (i32.extend8_s (local.get 0))))"),
        ("multi-value", "(func (result i32 i32) (i32.const 0) (i32.const 0))"),
        ("multi-value", "(func (i32.const 0) (block (param i32) (drop)))"),
        ("reference-types", "(table 1 externref)"),
        ("reference-types", "(table 1 funcref) (table 1 funcref)"),
        ("reference-types", "(func (param funcref))"),
        ("reference-types", "(func (drop (select (result i32) (unreachable))))"),
        ("reference-types bulk-memory", "(func $f) (elem declare func $f)"),
        ("bulk-memory", '(data "x")'),
        ("bulk-memory", "(func $f) (elem func $f)"),
        ("simd", "(func (param v128))"),
        ("simd relaxed-simd", "(func (drop (i8x16.relaxed_swizzle (unreachable))))"),
        ("extended-const", "(global i32 (i32.add (i32.const 1) (i32.const 2)))"),
        ("gc", "(global $g i32 (i32.const 1)) (global i32 (global.get $g))"),
        ("tail-call", "(func (return_call 0))"),
        ("tail-call function-references", "(type $t (func)) (func (return_call_ref $t (unreachable)))"),
        ("multi-memory", "(memory 1) (memory 1)"),
        ("multi-memory", '(memory (import "" "") 1) (memory 1)'),
        ("memory64", "(memory i64 1)"),
        ("memory64", "(table i64 1 funcref)"),
        ("function-references reference-types", "(func (param (ref func)))"),
        ("function-references", "(type $t (func)) (func (param (ref null $t)))"),
        ("function-references reference-types", "(table 1 funcref (ref.null func))"),
        ("gc", "(type (struct (field i8)))"),
        ("gc", "(rec (type (func)) (type (func)))"),
        ("gc", "(func (param anyref))"),
        ("gc function-references", "(type $t (func (param (ref null $t))))"),
        ("gc function-references", "(type (func)) (type $t (func (result (ref $t))))"),
        ("function-references", "(type $t (func)) (type (func (result (ref $t))))"),
        ("exceptions", "(tag)"),
        ("exceptions", '(import "" "" (tag))'),
        ("exceptions", "(func (param exnref))"),
        ("threads", "(memory 1 1 shared)"),
        ("custom-page-sizes", "(memory 0 (pagesize 1))"),
        ("wide-arithmetic", "(func (param i64) (i64.mul_wide_s (local.get 0) (local.get 0)) (drop) (drop))"),
    ],
)  # fmt: skip
def test_features_that_a_module_uses(features: str, fields: str) -> None:
    binary = assemble(f"(module {fields})", first="in-process").binary
    assert read(binary, ALL).features == {"mvp", *features.split()}


@pytest.mark.parametrize(
    ("binary", "message"),
    [
        ("", "at 0x0: unexpected end of the module"),
        ("00 61 73", "at 0x3: unexpected end of the module"),
        ("00 61 73 6e", "at 0x0: magic header not detected"),
        ("00 61 73 6d 01 00 00", "at 0x7: unexpected end of the module"),
        ("00 61 73 6d 02 00 00 00", "at 0x4: unknown binary version"),
    ],
)
def test_headers(binary: str, message: str) -> None:
    with pytest.raises(Malformed) as caught:
        read(bytes.fromhex(binary), ALL)
    assert str(caught.value) == message


_FUNC = "01 04 01 60 00 00 03 02 01 00 "
"""The sections of types and functions for one function without parameters and results: 10 bytes."""


@pytest.mark.parametrize(
    ("sections", "at", "message"),
    [
        ("0e 00", 8, "malformed section id 14"),
        ("01", 9, "unexpected end of the module"),
        ("01 02 00", 10, "length out of bounds: the type section has 2 bytes, but only 1 are left"),
        ("01 02 00 00", 11, "size mismatch: the type section has ended, 1 bytes are left"),
        ("01 01 01", 11, "unexpected end of the type section"),
        ("03 01 00 01 01 00", 11, "unexpected content after last section: type section"),
        ("01 01 00 01 01 00", 11, "unexpected content after last section: type section"),
        ("0c 01 00 09 01 00", 11, "unexpected content after last section: element section"),
        ("01 80 80 80 80 80 00", 9, "integer representation too long"),
        ("01 81 80 80 80 10 00", 9, "integer too large"),
        ("00 00", 10, "unexpected end of the custom section"),
        ("00 02 05 61", 12, "unexpected end of the custom section"),
        ("00 02 01 ff", 11, "malformed UTF-8 encoding: invalid start byte"),
        ("00 04 03 ed a0 80", 11, "malformed UTF-8 encoding: invalid continuation byte"),
        ("01 02 01 61", 11, "malformed definition type"),
        ("01 05 01 60 01 41 00", 13, "malformed value type"),
        ("01 06 01 60 01 64 7f 00", 14, "malformed heap type"),
        ("01 05 01 5f 01 7f 02", 14, "malformed mutability"),
        ("02 04 01 00 00 05", 13, "malformed import kind"),
        ("04 04 01 6c 02 00", 12, "malformed limits flags"),
        ("04 03 01 7f 00", 11, "malformed reference type"),
        ("04 05 01 40 01 70 00", 12, "malformed table: zero byte expected"),
        ("05 03 01 10 00", 11, "malformed limits flags"),
        ("05 04 01 08 00 40", 13, "invalid custom page size"),
        ("0d 03 01 01 00", 11, "malformed tag attribute"),
        ("06 05 01 7f 02 41 00", 12, "malformed mutability"),
        ("06 05 01 7f 00 41 00", 15, "unexpected end of the global section"),
        ("07 04 01 00 05 00", 12, "malformed export kind"),
        ("09 02 01 08", 11, "malformed elements segment kind"),
        ("09 03 01 01 01", 12, "malformed element kind"),
        ("0b 02 01 03", 11, "malformed data segment kind"),
        ("03 02 01 00", 12, "function and code section have inconsistent lengths: 1 and 0"),
        ("0a 04 01 02 00 0b", 11, "function and code section have inconsistent lengths: 0 and 1"),
        ("0c 01 01", 11, "data count and data section have inconsistent lengths: 1 and 0"),
        (_FUNC + "0a 04 01 02 00 01", 0x18, "unexpected end of the function"),
        (_FUNC + "0a 05 01 03 00 0b 01", 0x18, "size mismatch: the function has ended, 1 bytes are left"),
        (_FUNC + "0a 05 01 03 00 ff 0b", 0x17, "illegal opcode ff"),
        (_FUNC + "0a 06 01 04 00 fc 1f 0b", 0x17, "illegal opcode fc 1f"),
        (_FUNC + "0a 05 01 03 00 05 0b", 0x17, "else without if"),
        (_FUNC + "0a 09 01 07 00 04 40 05 05 0b 0b", 0x1A, "else without if"),
        (_FUNC + "0a 07 01 05 00 02 7a 0b 0b", 0x18, "malformed value type"),
        (_FUNC + "0a 08 01 06 00 02 ff 7f 0b 0b", 0x18, "malformed block type"),
        (_FUNC + "0a 08 01 06 00 28 80 01 00 0b", 0x18, "malformed memop flags"),
        (_FUNC + "0a 0a 01 08 00 41 80 80 80 80 08 0b", 0x18, "integer too large"),
        (_FUNC + "0a 0a 01 08 00 41 ff ff ff ff 4f 0b", 0x18, "integer too large"),
        (_FUNC + "0a 0b 01 09 00 41 80 80 80 80 80 00 0b", 0x18, "integer representation too long"),
        (_FUNC + "0a 07 01 05 00 fe 03 01 0b", 0x19, "malformed ordering: zero byte expected"),
        (_FUNC + "0a 08 01 06 00 1f 40 01 04 0b", 0x1A, "malformed catch clause"),
        (_FUNC + "0a 09 01 07 00 fb 18 04 00 6e 0b", 0x19, "malformed br_on_cast flags"),
        (_FUNC + "0a 07 01 05 00 fc 09 00 0b 0b 01 00", 0x17, "data count section required by data.drop"),
        (_FUNC + "0a 0a 01 08 01 ff ff ff ff 7f 7f 0b", 0x17, "integer too large"),
        (_FUNC + "0a 0c 01 0a 02 ff ff ff ff 0f 7f 01 7f 0b", 0x1F, "too many locals"),
    ],
)
def test_errors_say_where(sections: str, at: int, message: str) -> None:
    with pytest.raises(Malformed) as caught:
        read(HEADER + bytes.fromhex(sections), ALL)
    assert str(caught.value) == f"at 0x{at:x}: {message}"


@pytest.mark.parametrize(
    ("sections", "feature"),
    [
        (_FUNC + "0a 07 01 05 00 3f 01 1a 0b", "multi-memory"),
        (_FUNC + "0a 09 01 07 00 41 00 11 00 01 0b", "reference-types"),
        (_FUNC + "0a 0a 01 08 00 41 00 28 40 00 00 0b", "multi-memory"),
        ("09 04 01 05 70 00", "bulk-memory"),
        ("0b 03 01 01 00", "bulk-memory"),
        ("0c 01 00", "bulk-memory"),
        ("04 06 01 40 00 70 00 00", "function-references"),
        ("0d 01 00", "exceptions"),
    ],
)
def test_syntax_of_a_feature_that_is_not_allowed(sections: str, feature: str) -> None:
    with pytest.raises(Malformed, match=rf"^at 0x[0-9a-f]+: .*needs the feature {feature}$"):
        read(HEADER + bytes.fromhex(sections), ALL - {feature})


def test_integers_may_be_longer_than_they_need_be() -> None:
    module = read(HEADER + bytes.fromhex("01 87 80 80 80 00 81 00 60 80 00 80 00"), ALL)
    assert module.types == _TYPES


def test_custom_sections_stand_anywhere() -> None:
    custom = bytes.fromhex("00 04 01 61 ff ff")
    plain = [bytes.fromhex(section) for section in ("01 01 00", "03 01 00", "0a 01 00")]
    assert read(HEADER + custom + custom.join(plain) + custom, ALL) == read(HEADER + b"".join(plain), ALL)


def test_every_beginning_of_a_module_is_no_module() -> None:
    text = """(module (memory 1) (table 1 funcref) (global i32 (i32.const 7))
        (func (export "f") (param i32) (result i32) (local i64)
          (i32.add (local.get 0) (i32.const 1000)))
        (elem (i32.const 0) 0) (data (i32.const 0) "abc"))"""
    binary = assemble(text, first="in-process").binary
    whole = read(binary, ALL)
    # Where a section has just ended, what is there is a module, unless functions miss their code.
    modules = []
    for size in range(len(binary)):
        with contextlib.suppress(Malformed):
            modules.append(read(binary[:size], ALL))
    assert 0 < len(modules) < 8
    assert whole not in modules


def test_locals_are_listed_one_by_one() -> None:
    module = read(HEADER + bytes.fromhex(_FUNC + "0a 0a 01 08 03 02 7f 00 7e 01 7c 0b"), ALL)
    assert module.funcs[0].locals == [I32, I32, "f64"]
