"""Structs, arrays, i31 and casts: what they hold, what they are, and how they trap."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.compiler import Compiler
from engines.compiler.types import GRANULE, offsets, struct_size, width
from engines.interp import Interp
from harness.assembler import assemble
from harness.context import background
from harness.engine import Instance, Trap, TrapKind, Value
from harness.standard.types import FieldType, RefType, StructType

if TYPE_CHECKING:
    from collections.abc import Callable

    Run: TypeAlias = Callable[..., list[int | None]]
    Instantiate: TypeAlias = Callable[..., Instance]

STORAGES = ("i8", "i16", "i32", "i64", "f32", "f64", "v128", RefType(True, "any"))
fields = st.lists(st.sampled_from(STORAGES).map(lambda storage: FieldType(storage, True)), max_size=12)


@given(fields, fields)
def test_fields_lie_apart_and_where_those_of_supertypes_do(
    above: list[FieldType], more: list[FieldType]
) -> None:
    struct = StructType((*above, *more))
    places = offsets(struct)

    assert places[: len(above)] == offsets(StructType(tuple(above)))[: len(above)]
    assert places[0] >= 8, "the type comes first"
    for field, place, following in zip(struct.fields, places, places[1:], strict=False):
        assert place + width(field.storage) <= following
        assert place % min(width(field.storage), 8) == 0
    assert struct_size(struct) % GRANULE == 0
    assert struct_size(struct) >= places[-1]


Get: TypeAlias = tuple[str, str, int]
"""How what is packed is extended, and then type and bits of what is loaded."""
VALUES: dict[str, tuple[str, list[Get]]] = {
    "i8": ("i32.const 0x1F3", [("_u", "i32", 0xF3), ("_s", "i32", 0xFFFF_FFF3)]),
    "i16": ("i32.const 0x1_8003", [("_u", "i32", 0x8003), ("_s", "i32", 0xFFFF_8003)]),
    "i32": ("i32.const -5", [("", "i32", 0xFFFF_FFFB)]),
    "i64": ("i64.const -5", [("", "i64", 0xFFFF_FFFF_FFFF_FFFB)]),
    "f32": ("f32.const nan:0x200001", [("", "f32", 0x7FA0_0001)]),
    "f64": ("f64.const nan:0x4000000000001", [("", "f64", 0x7FF4_0000_0000_0001)]),
    "v128": ("v128.const i64x2 1 2", [("", "v128", 2 << 64 | 1)]),
}


@pytest.mark.parametrize("storage", VALUES)
def test_what_is_stored_is_loaded(storage: str, instantiate: Instantiate, run: Run) -> None:
    constant, gets = VALUES[storage]
    functions = "".join(
        f"""
        (func (export "new{sign}") (result {type_})
          (struct.get{sign} $s 1 (struct.new $s (i32.const 1) ({constant}) (i32.const 2))))
        (func (export "set{sign}") (result {type_}) (local $s (ref $s))
          (local.set $s (struct.new_default $s))
          (struct.set $s 1 (local.get $s) ({constant}))
          (struct.get{sign} $s 1 (local.get $s)))
        (func (export "all{sign}") (result {type_})
          (array.get{sign} $a (array.new $a ({constant}) (i32.const 5)) (i32.const 4)))
        (func (export "fixed{sign}") (result {type_})
          (array.get{sign} $a
            (array.new_fixed $a 2 ({constant}) ({constant})) (i32.const 1)))
        (func (export "fill{sign}") (result {type_}) (local $a (ref $a))
          (local.set $a (array.new_default $a (i32.const 9)))
          (array.fill $a (local.get $a) (i32.const 2) ({constant}) (i32.const 3))
          (array.get{sign} $a (local.get $a) (i32.const 4)))
        (func (export "copy{sign}") (result {type_}) (local $a (ref $a))
          (local.set $a (array.new_default $a (i32.const 9)))
          (array.set $a (local.get $a) (i32.const 1) ({constant}))
          (array.copy $a $a (local.get $a) (i32.const 2) (local.get $a) (i32.const 1) (i32.const 3))
          (array.get{sign} $a (local.get $a) (i32.const 2)))
        (func (export "constant{sign}") (result {type_})
          (struct.get{sign} $s 1 (global.get $g)))
        (func (export "constants{sign}") (result {type_})
          (array.get{sign} $a (global.get $h) (i32.const 2)))"""
        for sign, type_, _ in gets
    )
    instance = instantiate(
        f"""(module
        (type $s (struct (field i32) (field (mut {storage})) (field i32)))
        (type $a (array (mut {storage})))
        (global $g (ref $s) (struct.new $s (i32.const 1) ({constant}) (i32.const 2)))
        (global $h (ref $a) (array.new $a ({constant}) (i32.const 3)))
        {functions})"""
    )

    for sign, _, bits in gets:
        for way in ("new", "set", "all", "fixed", "fill", "copy", "constant", "constants"):
            assert run(instance, f"{way}{sign}") == [bits], way


def test_neighbours_are_left_alone(instantiate: Instantiate, run: Run) -> None:
    instance = instantiate(
        """(module
        (type $s (struct
          (field (mut i8)) (field (mut i8)) (field (mut i16)) (field (mut i64)) (field (mut i8))))
        (func (export "run") (param $x i32) (result i32 i32 i32 i64 i32) (local $s (ref $s))
          (local.set $s (struct.new $s
            (i32.const 1) (i32.const 2) (i32.const 3) (i64.const 4) (i32.const 5)))
          (struct.set $s 1 (local.get $s) (local.get $x))
          (struct.set $s 4 (local.get $s) (local.get $x))
          (struct.get_u $s 0 (local.get $s)) (struct.get_u $s 1 (local.get $s))
          (struct.get_u $s 2 (local.get $s)) (struct.get $s 3 (local.get $s))
          (struct.get_u $s 4 (local.get $s))))"""
    )

    assert run(instance, "run", -1 & 0xFFFF_FFFF) == [1, 255, 3, 4, 255]


def test_segments(instantiate: Instantiate, run: Run) -> None:
    instance = instantiate(
        """(module
        (type $longs (array (mut i64)))
        (type $refs (array (mut i31ref)))
        (data $bytes "\\01\\02\\03\\04\\05\\06\\07\\08\\09\\0a\\0b\\0c\\0d\\0e\\0f\\10\\11")
        (elem $numbers i31ref (ref.i31 (i32.const 7)) (ref.i31 (i32.const 8)) (ref.i31 (i32.const 9)))
        (func (export "data") (result i64)
          (array.get $longs (array.new_data $longs $bytes (i32.const 1) (i32.const 2)) (i32.const 1)))
        (func (export "elem") (result i32)
          (i31.get_u (array.get $refs
            (array.new_elem $refs $numbers (i32.const 1) (i32.const 2)) (i32.const 1))))
        (func (export "init") (result i64 i32) (local $a (ref $longs)) (local $r (ref $refs))
          (local.set $a (array.new_default $longs (i32.const 3)))
          (local.set $r (array.new_default $refs (i32.const 3)))
          (array.init_data $longs $bytes (local.get $a) (i32.const 2) (i32.const 8) (i32.const 1))
          (array.init_elem $refs $numbers (local.get $r) (i32.const 1) (i32.const 0) (i32.const 2))
          (array.get $longs (local.get $a) (i32.const 2))
          (i31.get_u (array.get $refs (local.get $r) (i32.const 2)))))"""
    )

    assert run(instance, "data") == [0x11100F0E0D0C0B0A]
    assert run(instance, "elem") == [9]
    assert run(instance, "init") == [0x100F0E0D0C0B0A09, 8]


TRAPS = {
    "struct.get": ("(drop (struct.get $s 0 (ref.null $s)))", TrapKind.NULL_STRUCTURE),
    "struct.set": ("(struct.set $s 0 (ref.null $s) (i32.const 1))", TrapKind.NULL_STRUCTURE),
    "array.get": ("(drop (array.get_u $a (ref.null $a) (i32.const 1)))", TrapKind.NULL_ARRAY),
    "array.set": ("(array.set $a (ref.null $a) (i32.const 1) (i32.const 1))", TrapKind.NULL_ARRAY),
    "array.len": ("(drop (array.len (ref.null $a)))", TrapKind.NULL_ARRAY),
    "array.fill": (
        "(array.fill $a (ref.null $a) (i32.const 9) (i32.const 0) (i32.const 9))",
        TrapKind.NULL_ARRAY,
    ),
    "array.copy to": (
        "(array.copy $a $a (ref.null $a) (i32.const 9) (global.get $g) (i32.const 9) (i32.const 9))",
        TrapKind.NULL_ARRAY,
    ),
    "array.copy from": (
        "(array.copy $a $a (global.get $g) (i32.const 9) (ref.null $a) (i32.const 9) (i32.const 9))",
        TrapKind.NULL_ARRAY,
    ),
    "array.init_data": (
        "(array.init_data $a $d (ref.null $a) (i32.const 9) (i32.const 9) (i32.const 9))",
        TrapKind.NULL_ARRAY,
    ),
    "array.init_elem": (
        "(array.init_elem $r $e (ref.null $r) (i32.const 9) (i32.const 9) (i32.const 9))",
        TrapKind.NULL_ARRAY,
    ),
    "i31.get_s": ("(drop (i31.get_s (ref.null i31)))", TrapKind.NULL_I31),
    "i31.get_u": ("(drop (i31.get_u (ref.null i31)))", TrapKind.NULL_I31),
    "ref.cast": ("(drop (ref.cast (ref i31) (global.get $g)))", TrapKind.CAST_FAILURE),
    "ref.cast null": ("(drop (ref.cast (ref any) (ref.null none)))", TrapKind.CAST_FAILURE),
    "ref.as_non_null": ("(drop (ref.as_non_null (ref.null $a)))", TrapKind.NULL_REFERENCE),
    "array.get after": ("(drop (array.get_u $a (global.get $g) (i32.const 4)))", TrapKind.ARRAY_BOUNDS),
    "array.get -1": ("(drop (array.get_u $a (global.get $g) (i32.const -1)))", TrapKind.ARRAY_BOUNDS),
    "array.set after": ("(array.set $a (global.get $g) (i32.const 4) (i32.const 1))", TrapKind.ARRAY_BOUNDS),
    "array.fill after": (
        "(array.fill $a (global.get $g) (i32.const 5) (i32.const 1) (i32.const 0))",
        TrapKind.ARRAY_BOUNDS,
    ),
    "array.fill -1": (
        "(array.fill $a (global.get $g) (i32.const 1) (i32.const 1) (i32.const -1))",
        TrapKind.ARRAY_BOUNDS,
    ),
    "array.copy to after": (
        "(array.copy $a $a (global.get $g) (i32.const 1) (global.get $g) (i32.const 0) (i32.const 4))",
        TrapKind.ARRAY_BOUNDS,
    ),
    "array.copy from after": (
        "(array.copy $a $a (global.get $g) (i32.const 0) (global.get $g) (i32.const 1) (i32.const 4))",
        TrapKind.ARRAY_BOUNDS,
    ),
    "array.init_data to after": (
        "(array.init_data $a $d (global.get $g) (i32.const 1) (i32.const 9) (i32.const 4))",
        TrapKind.ARRAY_BOUNDS,
    ),
    "array.init_data from after": (
        "(array.init_data $a $d (global.get $g) (i32.const 0) (i32.const 1) (i32.const 4))",
        TrapKind.MEMORY_BOUNDS,
    ),
    "array.init_elem from after": (
        "(array.init_elem $r $e (array.new_default $r (i32.const 9)) "
        "(i32.const 0) (i32.const 1) (i32.const 2))",
        TrapKind.TABLE_BOUNDS,
    ),
    "array.new_data after": (
        "(drop (array.new_data $a $d (i32.const 1) (i32.const 4)))",
        TrapKind.MEMORY_BOUNDS,
    ),
    "array.new_data dropped": (
        "(data.drop $d) (drop (array.new_data $a $d (i32.const 0) (i32.const 1)))",
        TrapKind.MEMORY_BOUNDS,
    ),
    "array.new_elem after": (
        "(drop (array.new_elem $r $e (i32.const 2) (i32.const 1)))",
        TrapKind.TABLE_BOUNDS,
    ),
    "array.new too large": ("(drop (array.new_default $l (i32.const -1)))", TrapKind.ALLOCATION),
    "array.new of unknown size": (
        "(drop (array.new $l (i64.const 0) (i32.sub (i32.const 0) (global.get $one))))",
        TrapKind.ALLOCATION,
    ),
}


@pytest.mark.parametrize("what", TRAPS)
def test_trap(what: str, instantiate: Instantiate, run: Run) -> None:
    body, kind = TRAPS[what]
    instance = instantiate(
        f"""(module
        (type $s (struct (field (mut i32))))
        (type $a (array (mut i8)))
        (type $r (array (mut anyref)))
        (type $l (array (mut i64)))
        (data $d "abcd")
        (elem $e anyref (ref.null any) (ref.null any))
        (global $g (ref $a) (array.new $a (i32.const 0) (i32.const 4)))
        (global $one (mut i32) (i32.const 1))
        (func (export "run") {body}))"""
    )

    with pytest.raises(Trap) as raised:
        run(instance, "run")
    assert raised.value.kind == kind


HEAP_TYPES = ("any", "eq", "i31", "struct", "array", "none", "$top", "$middle", "$bottom", "$other", "$a")
REFERENCES = {
    "null": "(ref.null none)",
    "i31": "(ref.i31 (i32.const -1))",
    "top": "(struct.new $top (i32.const 1))",
    "middle": "(struct.new $middle (i32.const 1) (i32.const 2))",
    "bottom": "(struct.new $bottom (i32.const 1) (i32.const 2))",
    "other": "(struct.new $other (i32.const 1))",
    "array": "(array.new_default $a (i32.const 1))",
    "host": "(any.convert_extern (local.get $host))",
    "and back": "(any.convert_extern (extern.convert_any (array.new_default $a (i32.const 1))))",
}


def _matrix() -> str:
    tests = []
    for name, reference in REFERENCES.items():
        for heap in HEAP_TYPES:
            for null in ("", "null "):
                wanted = f"(ref {null}{heap})"
                number = f"{name}/{null}{heap}"
                tests.append(f"""
                (func (export "test {number}") (param $host externref) (result i32)
                  (ref.test {wanted} {reference}))
                (func (export "cast {number}") (param $host externref) (result i32)
                  (ref.is_null (ref.cast {wanted} {reference})))
                (func (export "on {number}") (param $host externref) (result i32)
                  (drop (block $l (result {wanted})
                    (drop (br_on_cast $l anyref {wanted} {reference})) (return (i32.const 0))))
                  (i32.const 1))
                (func (export "fail {number}") (param $host externref) (result i32)
                  (drop (block $l (result anyref)
                    (drop (br_on_cast_fail $l anyref {wanted} {reference})) (return (i32.const 1))))
                  (i32.const 0))""")
    return f"""(module
      (type $top (sub (struct (field i32))))
      (type $middle (sub $top (struct (field i32) (field i32))))
      (rec (type $bottom (sub final $middle (struct (field i32) (field i32)))) (type $unused (struct)))
      (type $other (sub final $top (struct (field i32))))
      (type $a (array i32))
      {"".join(tests)})"""


def test_casts_agree_with_the_interpreter() -> None:
    binary = assemble(_matrix(), first="in-process").binary
    instances = []
    for engine in (Interp(), Compiler(level="cheap")):
        module = engine.compile(binary)
        instances.append(engine.instantiate(module, {}, background()))

    def outcome(instance: Instance, name: str) -> object:
        try:
            return instance.invoke(name, [Value("extern", 5)], background())
        except Trap as trap:
            return trap.kind

    for name in [export.name for export in module.valid.module.exports]:
        assert outcome(instances[0], name) == outcome(instances[1], name), name


def test_identity(instantiate: Instantiate, run: Run) -> None:
    instance = instantiate(
        """(module (type $s (struct))
        (func (export "other") (result i32) (ref.eq (struct.new $s) (struct.new $s)))
        (func (export "same") (result i32) (local $s eqref)
          (local.set $s (struct.new $s)) (ref.eq (local.get $s) (local.get $s)))
        (func (export "i31") (param i32 i32) (result i32)
          (ref.eq (ref.i31 (local.get 0)) (ref.i31 (local.get 1))))
        (func (export "null") (result i32) (ref.eq (ref.null i31) (ref.null $s))))"""
    )

    assert run(instance, "other") == [0]
    assert run(instance, "same") == [1]
    assert run(instance, "i31", 5, 0x8000_0005) == [1], "the topmost bit is dropped"
    assert run(instance, "i31", 5, 6) == [0]
    assert run(instance, "null") == [1]


@pytest.mark.parametrize(
    ("value", "signed"), [(0, 0), (0x3FFF_FFFF, 0x3FFF_FFFF), (0x4000_0000, 0xC000_0000)]
)
def test_i31(value: int, signed: int, instantiate: Instantiate, run: Run) -> None:
    instance = instantiate(
        """(module
        (func (export "s") (param i32) (result i32) (i31.get_s (ref.i31 (local.get 0))))
        (func (export "u") (param i32) (result i32) (i31.get_u (ref.i31 (local.get 0))))
        (func (export "ref") (param i32) (result i31ref) (ref.i31 (local.get 0))))"""
    )

    assert run(instance, "s", value) == [signed]
    assert run(instance, "u", value) == [value]
    assert instance.invoke("ref", [Value("i32", value)], background()) == [Value("i31", value)]


def test_functions_are_called_by_supertypes(instantiate: Instantiate, run: Run) -> None:
    instance = instantiate(
        """(module
        (type $s (sub (struct (field i32))))
        (type $t (sub $s (struct (field i32) (field i32))))
        (type $top (sub (func (param (ref $t)) (result (ref $s)))))
        (type $bottom (sub final $top (func (param (ref $s)) (result (ref $t)))))
        (type $other (sub final $top (func (param (ref $t)) (result (ref $s)))))
        (table $functions 2 funcref)
        (elem (table $functions) (i32.const 0) func $f $g)
        (func $f (type $bottom)
          (struct.new $t (i32.add (struct.get $s 0 (local.get 0)) (i32.const 1)) (i32.const 0)))
        (func $g (type $other) (local.get 0))
        (func (export "indirect") (param i32) (result i32)
          (struct.get $s 0
            (call_indirect $functions (type $top) (struct.new $t (i32.const 5) (i32.const 6)) (local.get 0))))
        (func (export "exact") (param i32) (result i32)
          (struct.get $s 0
            (call_indirect $functions (type $bottom) (struct.new $s (i32.const 5)) (local.get 0))))
        (func (export "ref") (param i32) (result i32)
          (struct.get $s 0 (call_ref $top (struct.new $t (i32.const 5) (i32.const 6))
            (ref.cast (ref $top) (table.get $functions (local.get 0)))))))"""
    )

    assert run(instance, "indirect", 0) == [6]
    assert run(instance, "indirect", 1) == [5]
    assert run(instance, "ref", 0) == [6]
    assert run(instance, "exact", 0) == [6]
    with pytest.raises(Trap) as raised:
        run(instance, "exact", 1)
    assert raised.value.kind == TrapKind.INDIRECT_CALL_TYPE
