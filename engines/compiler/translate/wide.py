"""128-bit arithmetic (the proposal "wide arithmetic"): a pair of i64, the lower half first, is an i128."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engines.compiler.translate.function import Function


def _join(function: Function, low: str, high: str) -> str:
    wide_low = function.define(f"zext i64 {low} to i128")
    wide_high = function.define(f"zext i64 {high} to i128")
    shifted = function.define(f"shl i128 {wide_high}, 64")
    return function.define(f"or disjoint i128 {wide_low}, {shifted}")


def _push_halves(function: Function, value: str) -> None:
    function.push("i64", function.define(f"trunc i128 {value} to i64"))
    shifted = function.define(f"lshr i128 {value}, 64")
    function.push("i64", function.define(f"trunc i128 {shifted} to i64"))


def _of_pairs(operation: str) -> Any:
    def rule(function: Function) -> None:
        low, high, other_low, other_high = function.pop_many(4)
        a, b = _join(function, low, high), _join(function, other_low, other_high)
        _push_halves(function, function.define(f"{operation} i128 {a}, {b}"))

    return rule


def _product(extension: str) -> Any:
    def rule(function: Function) -> None:
        a, b = [function.define(f"{extension} i64 {factor} to i128") for factor in function.pop_many(2)]
        _push_halves(function, function.define(f"mul i128 {a}, {b}"))

    return rule


RULES: dict[str, Any] = {
    "i64.add128": _of_pairs("add"),
    "i64.sub128": _of_pairs("sub"),
    "i64.mul_wide_s": _product("sext"),
    "i64.mul_wide_u": _product("zext"),
}
