"""Instructions on references: tests, casts, i31, conversions.

What a reference points to is told by the two lowest bits of its word, and, where these are zero, by the
record of the object's type.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engines.compiler.layout import FunctionRecord
from engines.compiler.translate.aggregates import HEADER
from engines.compiler.translate.calls import is_other
from engines.compiler.translate.control import branch_if, target
from engines.compiler.translate.function import INVARIANT, Function
from engines.compiler.types import ARRAY, SHAPE
from engines.wasm.deftypes import DefType
from harness.engine import TrapKind
from harness.standard.types import FuncType

if TYPE_CHECKING:
    from harness.standard.types import HeapType, RefType

_TAGS, _I31, _EXTERN = 3, 1, 3
_BITS = 0x7FFF_FFFF
_ANYTHING = ("any", "extern", "func", "exn")
_NOTHING = ("none", "noextern", "nofunc", "noexn")


def _tag(function: Function, reference: str) -> str:
    word = function.define(f"ptrtoint ptr {reference} to i64")
    return function.define(f"and i64 {word}, {_TAGS}")


def _guarded(function: Function, condition: str, test: Any) -> str:
    """An i1: `test`, which makes one, where a condition holds, and false elsewhere."""
    here, then, join = function.here, function.label(), function.label()
    function.emit(f"br i1 {condition}, label %{then}, label %{join}")
    function.begin(then)
    result, there = test(), function.here
    function.emit(f"br label %{join}")
    function.begin(join)
    return function.define(f"phi i1 [ false, %{here} ], [ {result}, %{there} ]")


def _is_object(function: Function, reference: str) -> str:
    return function.define(f"icmp eq i64 {_tag(function, reference)}, 0")


def _points_to(function: Function, reference: str, heap: HeapType) -> str:
    """Whether a reference that is not null points to something of a heap type, as an i1."""
    wanted = function.module.valid.types[heap] if isinstance(heap, int) else heap
    if isinstance(wanted, DefType):
        assert isinstance(heap, int)
        return _is_of(function, reference, heap, wanted)
    if wanted in _ANYTHING:
        return "true"
    if wanted in _NOTHING:
        return "false"
    if wanted == "i31":
        return function.define(f"icmp eq i64 {_tag(function, reference)}, {_I31}")
    if wanted == "eq":
        return function.define(f"icmp ne i64 {_tag(function, reference)}, {_EXTERN}")

    def test() -> str:
        type_ = function.define(f"load ptr, ptr {reference}, {HEADER}")
        place = function.define(f"getelementptr i8, ptr {type_}, i64 {SHAPE}")
        shape = function.define(f"load i64, ptr {place}, {INVARIANT}")
        bit = function.define(f"and i64 {shape}, {ARRAY}")
        return function.define(f"icmp eq i64 {bit}, {ARRAY if wanted == 'array' else 0}")

    return _guarded(function, _is_object(function, reference), test)


def _is_of(function: Function, reference: str, index: int, wanted: DefType) -> str:
    """Whether it points to something of a defined type or a subtype."""

    def test() -> str:
        if isinstance(wanted.comp, FuncType):
            place = function.define(f"getelementptr i8, ptr {reference}, i64 {FunctionRecord.type.offset}")
            found = function.define(f"load ptr, ptr {place}, {INVARIANT}")
        else:
            found = function.define(f"load ptr, ptr {reference}, {HEADER}")
        return function.define(f"xor i1 {is_other(function, found, index)}, true")

    if isinstance(wanted.comp, FuncType):
        return test()
    return _guarded(function, _is_object(function, reference), test)


def _matches(function: Function, reference: str, heap: HeapType, nullable: bool) -> str:
    """Whether a reference is of a type, as an i1."""
    null = function.define(f"icmp eq ptr {reference}, null")
    present = function.define(f"xor i1 {null}, true")
    found = _guarded(function, present, lambda: _points_to(function, reference, heap))
    return function.define(f"or i1 {null}, {found}") if nullable else found


def _push_truth(function: Function, truth: str) -> None:
    name = function.fresh()
    function.lines.append(f"  {name}.c = or i1 {truth}, false\n  {name} = zext i1 {name}.c to i32")
    function.booleans.add(name)
    function.push("i32", name)


def _test(nullable: bool) -> Any:
    def rule(function: Function, heap: HeapType) -> None:
        _push_truth(function, _matches(function, function.pop(), heap, nullable))

    return rule


def _cast(nullable: bool) -> Any:
    def rule(function: Function, heap: HeapType) -> None:
        matches = _matches(function, function.stack[-1].name, heap, nullable)
        function.trap_if(function.define(f"xor i1 {matches}, true"), TrapKind.CAST_FAILURE)

    return rule


def _br_on_cast(function: Function, label: int, _source: RefType, wanted: RefType) -> None:
    matches = _matches(function, function.stack[-1].name, wanted.heap, wanted.nullable)
    branch_if(function, matches, target(function, label))


def _br_on_cast_fail(function: Function, label: int, _source: RefType, wanted: RefType) -> None:
    matches = _matches(function, function.stack[-1].name, wanted.heap, wanted.nullable)
    branch_if(function, function.define(f"xor i1 {matches}, true"), target(function, label))


def _ref_eq(function: Function) -> None:
    left, right = function.pop_many(2)
    _push_truth(function, function.define(f"icmp eq ptr {left}, {right}"))


def _ref_i31(function: Function) -> None:
    bits = function.define(f"and i32 {function.pop()}, {_BITS}")
    wide = function.define(f"zext i32 {bits} to i64")
    shifted = function.define(f"shl nuw nsw i64 {wide}, 2")
    word = function.define(f"or i64 {shifted}, {_I31}")
    function.push("ptr", function.define(f"inttoptr i64 {word} to ptr"))


def _i31_get(shift: str) -> Any:
    """The bits of an i31 are in the upper 31 of the i32 above the lowest bit of the tag."""

    def rule(function: Function) -> None:
        reference = function.pop()
        function.trap_if(function.define(f"icmp eq ptr {reference}, null"), TrapKind.NULL_I31)
        word = function.define(f"ptrtoint ptr {reference} to i64")
        upper = function.define(f"trunc i64 {function.define(f'lshr i64 {word}, 1')} to i32")
        function.push("i32", function.define(f"{shift} i32 {upper}, 1"))

    return rule


def _convert(_function: Function) -> None:
    """A reference stays what it is."""


RULES: dict[str, Any] = {
    "ref.test": _test(nullable=False),
    "ref.test_null": _test(nullable=True),
    "ref.cast": _cast(nullable=False),
    "ref.cast_null": _cast(nullable=True),
    "br_on_cast": _br_on_cast,
    "br_on_cast_fail": _br_on_cast_fail,
    "ref.eq": _ref_eq,
    "ref.i31": _ref_i31,
    "i31.get_s": _i31_get("ashr"),
    "i31.get_u": _i31_get("lshr"),
    "any.convert_extern": _convert,
    "extern.convert_any": _convert,
}
