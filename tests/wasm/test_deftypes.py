"""Defined types: canonical across modules, and the lattice of subtypes."""

from __future__ import annotations

import gc
import itertools

import pytest

from engines.wasm import deftypes
from engines.wasm.deftypes import BOTTOM, function_type, matches, matches_heap, matches_result, roll, top
from harness.assembler import assemble
from harness.engine import Invalid, Unsupported
from harness.standard import limits
from harness.standard.binary import read
from harness.standard.features import ALL
from harness.standard.types import (
    ABSTRACT_HEAP_TYPES,
    I32,
    I64,
    ArrayType,
    FieldType,
    FuncType,
    RefType,
    StructType,
    SubType,
)


def _types(text: str) -> list[deftypes.DefType]:
    return roll(read(assemble(f"(module {text})", first="in-process").binary, ALL).types)


def test_the_same_type_of_two_modules_is_one() -> None:
    (first,) = _types("(type (func (param i32) (result f64)))")
    _, second = _types("(type (func)) (type (func (param i32) (result f64)))")
    assert first is second
    assert first is function_type((I32,), ("f64",))


def test_groups_are_the_same_up_to_their_numbering() -> None:
    pair = "(rec (type $a (struct (field (ref null $b)))) (type $b (array (ref $a))))"
    first = _types(pair)
    second = _types("(type (func)) " + pair)
    assert first == second[1:]
    assert first[0] is not first[1]


def test_a_place_in_a_group_is_part_of_a_type() -> None:
    alone, *both = _types("(type (func)) (rec (type (func)) (type (func)))")
    assert len({alone, *both}) == 3
    first, second = _types("(rec (type $a (func (param (ref $a)))) (type (struct)))")
    third, fourth = _types("(rec (type (struct)) (type $a (func (param (ref $a)))))")
    assert len({first, second, third, fourth}) == 4


def test_expansions_are_closed() -> None:
    node, user = _types(
        "(type $n (sub (struct (field (ref null $n)) (field i8)))) (type (func (param (ref $n))))"
    )
    assert node.comp.fields == (FieldType(RefType(True, node), False), FieldType("i8", False))  # type: ignore[union-attr]
    assert user.comp == FuncType((RefType(False, node),), ())
    assert not node.final
    assert user.final


def test_names_stop_where_types_recur() -> None:
    node, user = _types(
        "(type $n (struct (field (ref null $n)))) (type (func (param i32 (ref $n)) (result eqref)))"
    )
    assert str(node) == "(struct (ref null (struct ...)))"
    assert str(user) == "(func [i32 (ref (struct ...))] -> [(ref null eq)])"
    assert repr(_types("(type (array i16))")[0]) == "<(array i16)>"


def test_types_go_when_nothing_uses_them() -> None:
    before = set(deftypes._groups)
    kept = _types("(type $a (struct (field i64 i8 i64 i8 i64))) (type (sub (func (param (ref $a)))))")
    assert len(set(deftypes._groups) - before) == 2
    del kept[0]
    gc.collect()
    assert len(set(deftypes._groups) - before) == 2
    del kept
    gc.collect()
    assert set(deftypes._groups) <= before


@pytest.mark.parametrize(
    ("types", "message"),
    [
        ([(SubType(True, (), ArrayType(FieldType(RefType(True, 1), False))),)], "type 0: unknown type 1"),
        ([(SubType(True, (0,), FuncType((), ())),)], "type 0: unknown type 0 as supertype"),
        (
            [(SubType(False, (1,), FuncType((), ())), SubType(False, (), FuncType((), ())))],
            "type 0: unknown type 1 as supertype",
        ),
    ],
)
def test_unknown_types(types: list[tuple[SubType, ...]], message: str) -> None:
    with pytest.raises(Invalid, match=message):
        roll(types)


def test_depth_of_subtyping_is_limited() -> None:
    def chain(length: int) -> list[tuple[SubType, ...]]:
        fields = [tuple([FieldType(I32, False)] * count) for count in range(length)]
        return [
            (SubType(False, (index - 1,) if index else (), StructType(fields[index])),)
            for index in range(length)
        ]

    types = roll(chain(limits.SUBTYPING_DEPTH + 1))
    assert types[-1].is_subtype(types[0])
    assert not types[0].is_subtype(types[-1])
    with pytest.raises(Unsupported, match="63 types above each other"):
        roll(chain(limits.SUBTYPING_DEPTH + 2))


_HIERARCHY = {
    "any": "eq i31 struct array none",
    "eq": "i31 struct array none",
    "i31": "none",
    "struct": "none",
    "array": "none",
    "func": "nofunc",
    "extern": "noextern",
    "exn": "noexn",
}
"""Abstract heap type -> those below it."""


@pytest.mark.parametrize(("sub", "super_"), list(itertools.product(ABSTRACT_HEAP_TYPES, repeat=2)))
def test_abstract_heap_types(sub: str, super_: str) -> None:
    assert matches_heap(sub, super_) == (sub == super_ or sub in _HIERARCHY.get(super_, "").split())


@pytest.mark.parametrize(
    ("text", "above", "below"),
    [
        ("(type (func))", "func", "nofunc"),
        ("(type (struct))", "struct eq any", "none"),
        ("(type (array i8))", "array eq any", "none"),
    ],
)
def test_defined_types_among_abstract_ones(text: str, above: str, below: str) -> None:
    (defined,) = _types(text)
    assert {heap for heap in ABSTRACT_HEAP_TYPES if matches_heap(defined, heap)} == set(above.split())
    assert {heap for heap in ABSTRACT_HEAP_TYPES if matches_heap(heap, defined)} == {below}
    assert top(defined) == above.split()[-1]
    assert matches_heap(BOTTOM, defined)
    assert not matches_heap(defined, BOTTOM)


def test_tops() -> None:
    assert {heap: top(heap) for heap in ABSTRACT_HEAP_TYPES} == {
        heap: next(
            name
            for name in ("any", "func", "extern", "exn")
            if heap == name or heap in _HIERARCHY[name].split()
        )
        for heap in ABSTRACT_HEAP_TYPES
    }


def test_declared_subtypes() -> None:
    base, middle, leaf, other = _types(
        """(type $a (sub (struct))) (type $b (sub $a (struct (field i32))))
        (type $c (sub $b (struct (field i32 i64)))) (type $d (sub $a (struct (field i64))))"""
    )
    assert matches(leaf, base)
    assert matches(RefType(False, leaf), RefType(True, middle))
    assert not matches(RefType(True, leaf), RefType(False, middle))
    assert not matches(middle, leaf)
    assert not matches(other, middle)
    assert not matches(RefType(True, other), RefType(True, leaf))


def test_values() -> None:
    assert matches(I32, I32)
    assert not matches(I32, I64)
    assert not matches(I32, RefType(True, "any"))
    assert not matches(RefType(True, "any"), I32)
    assert matches(BOTTOM, I32)
    assert matches(BOTTOM, RefType(False, "any"))
    assert matches_result((I32, RefType(False, "i31")), (I32, RefType(True, "eq")))
    assert not matches_result((I32,), (I32, I32))
    assert not matches_result((I32,), (I64,))
