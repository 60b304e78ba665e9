"""The validator: every instruction has a rule, errors say where, and what the rules are easily got wrong."""

from __future__ import annotations

import pytest

from engines.wasm.validation import ValidModule, validate
from engines.wasm.validation.body import PLAIN, RULES
from harness.assembler import assemble
from harness.engine import Invalid
from harness.standard.binary import read
from harness.standard.features import ALL, version
from harness.standard.instructions import INSTRUCTIONS
from harness.standard.syntax import Func, Instr, Module
from harness.standard.types import I32, FuncType, RefType, SubType


def _validate(fields: str, features: frozenset[str] = ALL) -> ValidModule:
    return validate(read(assemble(f"(module {fields})", first="in-process").binary, ALL), features)


def test_every_instruction_has_one_rule() -> None:
    assert PLAIN.keys() | RULES.keys() == set(INSTRUCTIONS.values())
    assert not PLAIN.keys() & RULES.keys()


def test_what_comes_of_it_is_closed() -> None:
    valid = _validate(
        """(type $s (struct)) (type $f (func (param (ref $s))))
        (import "" "" (func (type $f))) (import "" "" (global (ref $s))) (import "" "" (tag (type $f)))
        (func (type $f)) (table 1 (ref null $f)) (memory 2) (tag (param i32))
        (global (mut (ref null $s)) (ref.null $s)) (elem (ref null $f) (ref.func 1)) (export "e" (func 0))"""
    )
    struct, func = valid.types[:2]
    assert valid.funcs == [func, func]
    assert [table.ref for table in valid.tables] == [RefType(True, func)]
    assert [memory.limits.min for memory in valid.memories] == [2]
    assert [global_.type for global_ in valid.globals] == [RefType(False, struct), RefType(True, struct)]
    assert valid.tags[0] is func
    assert valid.elems == [RefType(True, func)]
    assert valid.refs == {0, 1}


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            "(func (i32.add (i32.const 0)) (drop))",
            r"func 0: at 0x[0-9a-f]+: i32\.add: type mismatch: i32 expected, "
            "but there is no operand",
        ),
        ("(func (drop (i32.eqz (i64.const 0))))", r"i32\.eqz: type mismatch: i32 expected, found i64"),
        ('(import "" "" (func)) (func) (func (drop))', "func 2: .* drop: .* an operand is missing"),
        ("(func (i32.const 0))", "end: type mismatch: 1 operands are left at the end of the block"),
        ("(func (result i32))", "end: type mismatch: i32 expected, but there is no operand"),
        ("(func (br 1))", "br: unknown label 1"),
        ("(func (local.get 0) (drop))", r"local\.get: unknown local 0"),
        ("(func (call 1))", "call: unknown function 1"),
        ("(func (global.set 0 (i32.const 0)))", "unknown global 0"),
        ("(global i32 (i32.const 0)) (func (global.set 0 (i32.const 0)))", "immutable global"),
        ("(func (drop (i32.load (i32.const 0))))", "unknown memory 0"),
        ("(memory 1) (func (drop (i32.load align=8 (i32.const 0))))", "must not be larger than natural"),
        ("(memory 1) (func (drop (i32.load offset=0x100000000 (i32.const 0))))", "offset out of range"),
        ("(memory i64 1) (func (drop (i32.load (i32.const 0))))", "i64 expected, found i32"),
        ("(memory 1) (func (drop (i32.atomic.load align=2 (i32.const 0))))", "atomic access must be natural"),
        ("(func (drop (i8x16.extract_lane_s 16 (unreachable))))", "invalid lane index 16"),
        ("(func (drop (f64x2.extract_lane 2 (unreachable))))", "invalid lane index 2"),
        ("(memory 1) (func (drop (v128.load32_lane 4 (unreachable))))", "invalid lane index 4"),
        (
            "(func (drop (i8x16.shuffle 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 32)))",
            "invalid lane index 32",
        ),
        ("(func (drop (select (ref.null func) (ref.null func) (i32.const 0))))", "numbers and vectors only"),
        ("(func (drop (select (i32.const 0) (i64.const 0) (i32.const 0))))", "select between i32 and i64"),
        (
            "(func (if (result i32) (i32.const 0) (then (i32.const 0))) (drop))",
            "an if without else",
        ),
        ("(func (drop (ref.func 0)))", "undeclared function reference 0"),
        ("(func (local (ref func)) (drop (local.get 0)))", "uninitialized local 0"),
        (
            "(func (local (ref i31)) (block (local.set 0 (ref.i31 (i32.const 0)))) (drop (local.get 0)))",
            "uninitialized local 0",
        ),
        ("(table 1 externref) (func (call_indirect (i32.const 0)))", "table 0 has no functions"),
        ("(type (struct)) (func (call_ref 0 (unreachable)))", "type 0 is not a function type"),
        ("(type (func)) (func (drop (struct.new 0)))", "type 0 is not a structure type"),
        ("(type (array i8)) (func (drop (array.get 0 (unreachable))))", "sign or zero extension"),
        ("(type (array i8)) (func (array.set 0 (unreachable)))", "immutable array"),
        ("(tag) (func (try_table (catch_ref 0 0)))", "catch_ref does not fit the label 0"),
        ("(func (result i32) (return_call 1)) (func (result i64) (i64.const 0))", "results of a tail call"),
        ("(global i32 (i32.eqz (i32.const 0)))", r"global 0: constant expression required, found i32\.eqz"),
        ("(global i32 (i64.const 0))", "global 0: instruction 1: end: type mismatch"),
        ("(global i32 (global.get 0))", "unknown global 0"),
        ("(global (mut i32) (i32.const 0)) (global i32 (global.get 0))", "constant expression required"),
        ("(table 1 (ref func))", "table 0: type mismatch: its elements have no default value"),
        ("(table 2 1 funcref)", "table 0: size minimum must not be greater than maximum"),
        ("(memory 65537)", "memory 0: memory size must be at most 65536 pages"),
        ("(memory 0 (pagesize 2))", "memory 0: invalid custom page size 2"),
        ("(memory 1 shared)", "memory 0: shared memory must have maximum"),
        ("(tag (result i32))", "tag 0: non-empty tag result type"),
        ("(type (sub final (func))) (type (sub 0 (func)))", "type 1: sub type does not match super type"),
        (
            "(type (sub (struct (field i32)))) (type (sub 0 (struct (field i64))))",
            "sub type does not match super",
        ),
        ('(data (i32.const 0) "")', "data 0: unknown memory 0"),
        ("(table 1 externref) (func $f) (elem (i32.const 0) func $f)", "elem 0: type mismatch"),
        ("(func $f (param i32)) (start $f)", "start function 0"),
        ('(func) (export "a" (func 0)) (export "a" (func 0))', "duplicate export name 'a'"),
        ('(export "a" (memory 0))', "export 'a': unknown memory 0"),
    ],
)
def test_invalid(fields: str, message: str) -> None:
    with pytest.raises(Invalid, match=message):
        _validate(fields)


@pytest.mark.parametrize(
    "fields",
    [
        "(func (result i32) (unreachable) (i32.add) (drop) (br_if 0 (unreachable)) (i64.const 0) (drop))",
        "(func (unreachable) (select) (drop))",
        "(func (result i32) (unreachable) (select) (i32.const 0) (select (i32.const 1)))",
        "(func (unreachable) (drop (ref.as_non_null)) (drop (ref.is_null)))",
        "(func (result (ref any)) (unreachable) (any.convert_extern))",
        """(func (result i32) (block (result i64) (unreachable) (br_table 0 1 (i32.const 0)))
          (drop) (i32.const 0))""",
        "(func (local (ref func)) (local.set 0 (unreachable)) (drop (local.get 0)))",
        "(func (param (ref i31)) (local (ref i31)) (local.set 1 (local.get 0)) (block (drop (local.get 1))))",
        """(func (param anyref) (block (result (ref i31)) (br_on_cast 0 anyref (ref i31) (local.get 0))
          (drop) (return)) (drop))""",
        """(table $a i64 1 funcref) (table $b 1 funcref)
          (func (table.copy $a $b (i64.const 0) (i32.const 0) (i32.const 0)))""",
        "(memory 0xFFFF) (memory i64 0x1_0000_0000_0000) (memory 0xFFFF_FFFF (pagesize 1))",
        "(global i32 (i32.const 1)) (global i32 (i32.mul (global.get 0) (i32.const 2)))",
        "(func $f) (global funcref (ref.func $f)) (func (drop (ref.func $f)))",
    ],
)
def test_valid(fields: str) -> None:
    assert _validate(fields).module.features


@pytest.mark.parametrize(
    ("feature", "fields", "message"),
    [
        ("multi-value", "(func (result i32 i32) (unreachable))", "invalid result arity"),
        ("reference-types", "(table 1 funcref) (table 1 funcref)", "multiple tables"),
        ("multi-memory", "(memory 1) (memory 1)", "multiple memories"),
        (
            "extended-const",
            "(global i32 (i32.add (i32.const 0) (i32.const 0)))",
            "constant expression required",
        ),
        ("gc", "(global i32 (i32.const 0)) (global i32 (global.get 0))", "unknown global 0"),
        ("gc", "(table 1 funcref) (global i32 (i32.const 0)) (elem (global.get 0))", "unknown global 0"),
        ("gc", "(type $t (func (param (ref null $t))))", "a type that refers to itself needs"),
        ("mutable-globals", '(global (export "") (mut i32) (i32.const 0))', "cannot be exported"),
        ("mutable-globals", '(import "" "" (global (mut i32)))', "cannot be imported"),
    ],
)
def test_features_that_are_a_matter_of_validation(feature: str, fields: str, message: str) -> None:
    _validate(fields)
    with pytest.raises(Invalid, match=message):
        _validate(fields, ALL - {feature})


def test_the_first_version_is_valid_in_itself() -> None:
    fields = (
        '(memory 1) (table 1 funcref) (func (export "f")) (elem (i32.const 0) 0) (data (i32.const 0) "x")'
    )
    binary = assemble(f"(module {fields})", first="in-process").binary
    first = version("1.0")
    assert validate(read(binary, first), first).module.features == {"mvp"}


def _body(*names: str) -> Module:
    """One function () -> () with instructions without immediates, and blocks without results."""
    body: list[Instr] = [
        (INSTRUCTIONS[name], None) if name in ("block", "if", "loop") else (INSTRUCTIONS[name],)
        for name in names
    ]
    return Module(types=[(SubType(True, (), FuncType((), ())),)], funcs=[Func(0, [], body)])


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ((), "func 0: instruction -1: nothing: END opcode expected"),
        (("nop",), "func 0: instruction 0: nop: END opcode expected"),
        (("end", "nop"), "func 0: instruction 0: end: END opcode expected"),
        (("block", "end"), "func 0: instruction 1: end: END opcode expected"),
        (("block", "else", "end", "end"), "func 0: instruction 1: else: else without if"),
        (("else",), "func 0: instruction 0: else: else without if"),
    ],
)
def test_bodies_that_no_reader_makes(names: tuple[str, ...], message: str) -> None:
    with pytest.raises(Invalid) as caught:
        validate(_body(*names), ALL)
    assert str(caught.value) == message


def test_a_local_is_known_by_its_type() -> None:
    with pytest.raises(Invalid, match="func 0: unknown type 9"):
        validate(
            Module(
                types=[(SubType(True, (), FuncType((), ())),)],
                funcs=[Func(0, [I32, RefType(True, 9)], [(INSTRUCTIONS["end"],)])],
            ),
            ALL,
        )
