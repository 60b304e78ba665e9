"""Locals, globals, constants, and what works on operands of any type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engines.compiler.signature import llvm_type
from engines.compiler.translate.function import INVARIANT, Function
from engines.compiler.translate.numeric import REFERENCE, TEMPLATES
from harness.engine import TrapKind

if TYPE_CHECKING:
    from harness.standard.types import HeapType, ValType

GLOBALS = "!tbaa !4"


def _local_get(function: Function, index: int) -> None:
    type_ = function.locals[index]
    name = function.known.get(index)
    if name is None:
        name = function.known[index] = function.define(f"load {type_}, ptr %l{index}")
    function.push(type_, name)


def _local_set(function: Function, index: int) -> None:
    _local_tee(function, index)
    function.stack.pop()


def _local_tee(function: Function, index: int) -> None:
    type_, name = function.stack[-1]
    function.emit(f"store {type_} {name}, ptr %l{index}")
    function.known[index] = name


def _global(function: Function, index: int) -> tuple[str, str, str]:
    """LLVM type of a global, where it is, and what may be said of a load."""
    type_ = function.module.valid.globals[index]
    return llvm_type(type_.type), function.field("global", index), GLOBALS if type_.mutable else INVARIANT


def _global_get(function: Function, index: int) -> None:
    type_, place, alias = _global(function, index)
    function.push(type_, function.define(f"load {type_}, ptr {place}, {alias}"))


def _global_set(function: Function, index: int) -> None:
    name = function.pop()
    type_, place, alias = _global(function, index)
    function.emit(f"store {type_} {name}, ptr {place}, {alias}")


def _integer_const(type_: str) -> Any:
    half = 1 << int(type_[1:]) - 1

    def rule(function: Function, bits: int) -> None:
        function.push(type_, str((bits ^ half) - half))

    return rule


def _float_const(type_: str) -> Any:
    template = TEMPLATES[f"{type_}.const"]
    half = 1 << int(type_[1:]) - 1

    def rule(function: Function, bits: int) -> None:
        name = function.fresh()
        function.lines.append(template.format((bits ^ half) - half, r=name))
        function.push(llvm_type(type_), name)

    return rule


def _drop(function: Function) -> None:
    function.stack.pop()


def _select(function: Function, _types: tuple[ValType, ...] = ()) -> None:
    condition = function.pop_condition()
    otherwise = function.pop()
    type_, name = function.stack.pop()
    function.push(type_, function.define(f"select i1 {condition}, {type_} {name}, {type_} {otherwise}"))


def _ref_null(function: Function, _heap: HeapType) -> None:
    function.push(REFERENCE, "null")


def _ref_is_null(function: Function) -> None:
    name, truth = function.pop(), function.fresh()
    function.lines.append(f"  {truth}.c = icmp eq ptr {name}, null\n  {truth} = zext i1 {truth}.c to i32")
    function.booleans.add(truth)
    function.push("i32", truth)


def _ref_as_non_null(function: Function) -> None:
    name = function.stack[-1].name
    function.trap_if(function.define(f"icmp eq ptr {name}, null"), TrapKind.NULL_REFERENCE)


RULES: dict[str, Any] = {
    "local.get": _local_get,
    "local.set": _local_set,
    "local.tee": _local_tee,
    "global.get": _global_get,
    "global.set": _global_set,
    "i32.const": _integer_const("i32"),
    "i64.const": _integer_const("i64"),
    "f32.const": _float_const("f32"),
    "f64.const": _float_const("f64"),
    "drop": _drop,
    "select": _select,
    "select_t": _select,
    "ref.null": _ref_null,
    "ref.is_null": _ref_is_null,
    "ref.as_non_null": _ref_as_non_null,
}
