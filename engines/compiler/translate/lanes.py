"""Vector instructions with immediates: constants, lanes, and loads and stores of a part of a vector."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engines.compiler.signature import llvm_type
from engines.compiler.translate.memory import ACCESS, address
from engines.compiler.translate.vectors import FLOATS, INTEGERS, SHAPES, V128, mask, splat, template, vector

if TYPE_CHECKING:
    from engines.compiler.translate.function import Function
    from engines.compiler.translate.vectors import Shape
    from harness.standard.syntax import MemArg

_WORD = (1 << 64) - 1


def _apply(function: Function, text: str, *operands: str) -> str:
    """The name of what a template gives."""
    name = function.fresh()
    function.lines.append(text.format(*operands, r=name))
    return name


def _const(function: Function, bits: int) -> None:
    low, high = bits & _WORD, bits >> 64
    half = 1 << 63
    function.push(V128, f"<i64 {(low ^ half) - half}, i64 {(high ^ half) - half}>")


def _shuffle(function: Function, lanes: tuple[int, ...]) -> None:
    type_ = SHAPES["i8x16"].type
    body = f"shufflevector {type_} %a, {type_} %b, {mask(lanes)}"
    function.push(V128, _apply(function, template("ab", type_, body, type_), *function.pop_many(2)))


def _extract(shape: Shape, extend: str) -> Any:
    cast = f"  {{r}}.a = bitcast {V128} {{0}} to {shape.type}\n"
    lane = f"extractelement {shape.type} {{r}}.a, i32 {{1}}"
    if extend:
        text = f"{cast}  {{r}}.l = {lane}\n  {{r}} = {extend} {shape.lane} {{r}}.l to i32"
    elif shape in FLOATS:
        # Of a constant vector, it would be a constant.
        fence = f"llvm.arithmetic.fence.f{shape.bits}"
        text = f"{cast}  {{r}}.l = {lane}\n  {{r}} = call {shape.lane} @{fence}({shape.lane} {{r}}.l)"
    else:
        text = f"{cast}  {{r}} = {lane}"

    def rule(function: Function, index: int) -> None:
        value = _apply(function, text, function.pop(), str(index))
        function.push("i32" if extend else shape.lane, value)

    return rule


def _replace(shape: Shape) -> Any:
    narrow = f"v = trunc i32 {{1}} to {shape.lane}\n" if shape.bits < 32 else ""
    value = "%v" if narrow else "{1}"
    body = f"{narrow}insertelement {shape.type} %a, {shape.lane} {value}, i32 {{2}}"
    text = template("a", shape.type, body, shape.type)

    def rule(function: Function, index: int) -> None:
        function.push(V128, _apply(function, text, *function.pop_many(2), str(index)))

    return rule


def _load(type_: str, width: int, body: str, result: str) -> Any:
    """Load `type_`; what is pushed is the `result` of `body`, in which it is ``{0}``."""
    text = template("", "", body, result)

    def rule(function: Function, memarg: MemArg) -> None:
        place = address(function, memarg, width)
        if place is not None:
            value = function.define(f"load {type_}, ptr {place}, align 1, {ACCESS}")
            function.push(V128, _apply(function, text, value))

    return rule


def _load_lane(shape: Shape) -> Any:
    body = f"insertelement {shape.type} %a, {shape.lane} {{1}}, i32 {{2}}"
    text = template("a", shape.type, body, shape.type)

    def rule(function: Function, memarg: MemArg, index: int) -> None:
        old = function.pop()
        place = address(function, memarg, shape.bits // 8)
        if place is not None:
            value = function.define(f"load {shape.lane}, ptr {place}, align 1, {ACCESS}")
            function.push(V128, _apply(function, text, old, value, str(index)))

    return rule


def _store_lane(shape: Shape) -> Any:
    text = f"  {{r}}.a = bitcast {V128} {{0}} to {shape.type}\n"
    text += f"  {{r}} = extractelement {shape.type} {{r}}.a, i32 {{1}}"

    def rule(function: Function, memarg: MemArg, index: int) -> None:
        value = _apply(function, text, function.pop(), str(index))
        place = address(function, memarg, shape.bits // 8)
        if place is not None:
            function.emit(f"store {shape.lane} {value}, ptr {place}, align 1, {ACCESS}")

    return rule


RULES: dict[str, Any] = {
    "v128.const": _const,
    "i8x16.shuffle": _shuffle,
}

for _shape in INTEGERS:
    _bits = _shape.bits
    RULES[f"v128.load{_bits}_lane"] = _load_lane(_shape)
    RULES[f"v128.store{_bits}_lane"] = _store_lane(_shape)
    _body = splat(_shape, "{0}").replace("s = ", "")
    RULES[f"v128.load{_bits}_splat"] = _load(_shape.lane, _bits // 8, _body, _shape.type)
    if _bits < 32:
        RULES[f"{_shape.name}.extract_lane_s"] = _extract(_shape, "sext")
        RULES[f"{_shape.name}.extract_lane_u"] = _extract(_shape, "zext")
    else:
        _body = f"insertelement {_shape.type} zeroinitializer, {_shape.lane} {{0}}, i32 0"
        RULES[f"v128.load{_bits}_zero"] = _load(_shape.lane, _bits // 8, _body, _shape.type)
    if _bits < 64:
        _count = 64 // _bits
        _half, _wide = vector(_count, _shape.lane), vector(_count, f"i{2 * _bits}")
        for _sign, _extend in (("s", "sext"), ("u", "zext")):
            _body = f"{_extend} {_half} {{0}} to {_wide}"
            RULES[f"v128.load{_bits}x{_count}_{_sign}"] = _load(_half, 8, _body, _wide)
for _shape in INTEGERS + FLOATS:
    RULES[f"{_shape.name}.replace_lane"] = _replace(_shape)
    if _shape.bits >= 32:
        RULES[f"{_shape.name}.extract_lane"] = _extract(_shape, "")

assert llvm_type("v128") == V128
