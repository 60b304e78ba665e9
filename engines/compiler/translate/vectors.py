"""Vector instructions without immediates: templates by name, like those of
`engines.compiler.translate.numeric`.

A v128 is a `<2 x i64>`, cast to the vector that an instruction sees in it. LLVM makes one instruction of what
is written out here wherever the processor has one. The operands of float arithmetic are fenced: see
`numeric`.

Of the results that relaxed instructions may have, ours are those of `engines.wasm.numerics.relaxed`.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from engines.compiler.native import llvm

V128 = "<2 x i64>"

TEMPLATES: dict[str, str] = {}
"""By name of the instruction."""
COMPARISONS: set[str] = set()
"""Instructions whose template leaves their truth as an i1 in ``{r}.c``."""


class Shape(NamedTuple):
    """How a vector is divided into lanes."""

    name: str
    lanes: int
    lane: str
    """LLVM type of a lane."""
    bits: int

    @property
    def type(self) -> str:
        """The LLVM type."""
        return vector(self.lanes, self.lane)

    @property
    def suffix(self) -> str:
        """What the names of intrinsics for it end with."""
        return f"v{self.lanes}{'f' if self.name[0] == 'f' else 'i'}{self.bits}"

    @property
    def integer(self) -> str:
        """The LLVM type of as many integers."""
        return vector(self.lanes, f"i{self.bits}")


INTEGERS = [Shape(f"i{bits}x{128 // bits}", 128 // bits, f"i{bits}", bits) for bits in (8, 16, 32, 64)]
FLOATS = [Shape("f32x4", 4, "float", 32), Shape("f64x2", 2, "double", 64)]
SHAPES = {shape.name: shape for shape in INTEGERS + FLOATS}
I8X16, I16X8, I32X4, I64X2 = INTEGERS
F32X4, F64X2 = FLOATS


def vector(lanes: int, lane: str) -> str:
    """An LLVM vector type."""
    return f"<{lanes} x {lane}>"


def mask(indices: range | tuple[int, ...] | list[int]) -> str:
    """The mask of a shufflevector."""
    return f"<{len(indices)} x i32> <{', '.join(f'i32 {index}' for index in indices)}>"


def template(operands: str, source: str, body: str, result: str) -> str:
    """A template from lines such as ``x = add V %a, %b``, the last of which is the result and has no name.

    `operands` names the operands, of type `source`, and `result` is the type of the last line; names are
    marked with ``%``.
    """
    cast = source != V128
    lines = [
        f"{name} = bitcast {V128} {{{index}}} to {source}" for index, name in enumerate(operands) if cast
    ]
    *steps, last = (line.strip() for line in body.strip().splitlines())
    lines += steps
    if result != V128:
        lines.append(f"result = {last}")
        last = f"bitcast {result} %result to {V128}"
    text = "\n".join([*(f"  {{r}}.{line}" for line in lines), f"  {{r}} = {last}"])
    if not cast:
        for index, name in enumerate(operands):
            text = re.sub(rf"%{name}\b", f"{{{index}}}", text)
    return text.replace("%", "{r}.")


def _add(name: str, operands: str, source: str, body: str, result: str | None = None) -> None:
    TEMPLATES[name] = template(operands, source, body, result or source)


def _bitwise() -> None:
    for name in ("and", "or", "xor"):
        _add(f"v128.{name}", "ab", V128, f"{name} {V128} %a, %b")
    _add("v128.not", "a", V128, f"xor {V128} %a, splat (i64 -1)")
    _add("v128.andnot", "ab", V128, f"n = xor {V128} %b, splat (i64 -1)\nand {V128} %a, %n")
    select = f"""x = and {V128} %a, %c
        n = xor {V128} %c, splat (i64 -1)
        y = and {V128} %b, %n
        or {V128} %x, %y"""
    _add("v128.bitselect", "abc", V128, select)
    for shape in INTEGERS:
        _add(f"{shape.name}.relaxed_laneselect", "abc", V128, select)
    truth = "  {r}.i = bitcast <2 x i64> {0} to i128\n  {r}.c = icmp ne i128 {r}.i, 0"
    TEMPLATES["v128.any_true"] = truth + "\n  {r} = zext i1 {r}.c to i32"
    COMPARISONS.add("v128.any_true")


def _integers(shape: Shape) -> None:
    name, type_, bits, suffix = shape.name, shape.type, shape.bits, shape.suffix

    def intrinsic(instruction: str, called: str, operands: str = "ab", more: str = "") -> None:
        arguments = ", ".join(f"{type_} %{operand}" for operand in operands)
        _add(
            f"{name}.{instruction}",
            operands,
            type_,
            f"call {type_} @llvm.{called}.{suffix}({arguments}{more})",
        )

    _add(f"{name}.neg", "a", type_, f"sub {type_} zeroinitializer, %a")
    intrinsic("abs", "abs", "a", ", i1 false")
    for operation in ("add", "sub", "mul"):
        if operation != "mul" or bits > 8:
            _add(f"{name}.{operation}", "ab", type_, f"{operation} {type_} %a, %b")
    for instruction, operation in (("shl", "shl"), ("shr_s", "ashr"), ("shr_u", "lshr")):
        _shift(shape, instruction, operation)
    for test in ("eq", "ne", "lt_s", "lt_u", "gt_s", "gt_u", "le_s", "le_u", "ge_s", "ge_u"):
        if bits < 64 or not test.endswith("u"):
            order, _, sign = test.partition("_")
            _compare(shape, test, f"icmp {sign}{order}")
    if bits < 64:
        for instruction in ("min_s", "min_u", "max_s", "max_u"):
            operation, _, sign = instruction.partition("_")
            intrinsic(instruction, f"{sign}{operation}")
    if bits < 32:
        for operation in ("add", "sub"):
            for sign in "su":
                intrinsic(f"{operation}_sat_{sign}", f"{sign}{operation}.sat")
        _average(shape)
    if bits == 8:
        intrinsic("popcnt", "ctpop", "a")
    truths, packed = vector(shape.lanes, "i1"), f"i{shape.lanes}"
    cast = f"  {{r}}.a = bitcast {V128} {{0}} to {type_}\n"
    TEMPLATES[f"{name}.all_true"] = (
        f"{cast}  {{r}}.z = icmp eq {type_} {{r}}.a, zeroinitializer\n"
        f"  {{r}}.p = bitcast {truths} {{r}}.z to {packed}\n"
        f"  {{r}}.c = icmp eq {packed} {{r}}.p, 0\n  {{r}} = zext i1 {{r}}.c to i32"
    )
    COMPARISONS.add(f"{name}.all_true")
    TEMPLATES[f"{name}.bitmask"] = (
        f"{cast}  {{r}}.n = icmp slt {type_} {{r}}.a, zeroinitializer\n"
        f"  {{r}}.p = bitcast {truths} {{r}}.n to {packed}\n  {{r}} = zext {packed} {{r}}.p to i32"
    )


def splat(shape: Shape, value: str) -> str:
    """Lines for a vector `s` of that value in each lane."""
    zeros = f"{vector(shape.lanes, 'i32')} zeroinitializer"
    return f"""o = insertelement {shape.type} poison, {shape.lane} {value}, i32 0
        s = shufflevector {shape.type} %o, {shape.type} poison, {zeros}"""


def _shift(shape: Shape, instruction: str, operation: str) -> None:
    fit = {32: "add i32 %n, 0", 64: "zext i32 %n to i64"}.get(shape.bits, f"trunc i32 %n to {shape.lane}")
    body = f"""n = and i32 {{1}}, {shape.bits - 1}
        m = {fit}
        {splat(shape, "%m")}
        {operation} {shape.type} %a, %s"""
    _add(f"{shape.name}.{instruction}", "a", shape.type, body)


def _compare(shape: Shape, instruction: str, test: str) -> None:
    body = f"""t = {test} {shape.type} %a, %b
        sext {vector(shape.lanes, "i1")} %t to {shape.integer}"""
    _add(f"{shape.name}.{instruction}", "ab", shape.type, body, shape.integer)


def _average(shape: Shape) -> None:
    wide = vector(shape.lanes, f"i{2 * shape.bits}")
    body = f"""x = zext {shape.type} %a to {wide}
        y = zext {shape.type} %b to {wide}
        s = add {wide} %x, %y
        t = add {wide} %s, splat (i{2 * shape.bits} 1)
        h = lshr {wide} %t, splat (i{2 * shape.bits} 1)
        trunc {wide} %h to {shape.type}"""
    _add(f"{shape.name}.avgr_u", "ab", shape.type, body)


def _widening(narrow: Shape, wide: Shape) -> None:
    """Instructions from lanes to lanes of twice the size."""
    half = vector(wide.lanes, narrow.lane)
    double = vector(narrow.lanes, wide.lane)
    evens, odds = mask(range(0, narrow.lanes, 2)), mask(range(1, narrow.lanes, 2))
    for sign, extend in (("s", "sext"), ("u", "zext")):
        for part, lanes in (("low", range(wide.lanes)), ("high", range(wide.lanes, narrow.lanes))):
            x, y = (
                f"h{v} = shufflevector {narrow.type} %{v}, {narrow.type} poison, {mask(lanes)}" for v in "ab"
            )
            _add(
                f"{wide.name}.extend_{part}_{narrow.name}_{sign}",
                "a", narrow.type, f"{x}\n{extend} {half} %ha to {wide.type}", wide.type,
            )  # fmt: skip
            body = f"""{x}
                {y}
                xa = {extend} {half} %ha to {wide.type}
                xb = {extend} {half} %hb to {wide.type}
                mul {wide.type} %xa, %xb"""
            _add(f"{wide.name}.extmul_{part}_{narrow.name}_{sign}", "ab", narrow.type, body, wide.type)
        if wide.bits < 64:
            body = f"""x = {extend} {narrow.type} %a to {double}
                e = shufflevector {double} %x, {double} poison, {evens}
                o = shufflevector {double} %x, {double} poison, {odds}
                add {wide.type} %e, %o"""
            _add(f"{wide.name}.extadd_pairwise_{narrow.name}_{sign}", "a", narrow.type, body, wide.type)


def _narrowing(wide: Shape, narrow: Shape) -> None:
    both = vector(narrow.lanes, wide.lane)
    suffix = f"v{narrow.lanes}i{wide.bits}"
    for sign, low, high in (
        ("s", -(1 << narrow.bits - 1), (1 << narrow.bits - 1) - 1),
        ("u", 0, (1 << narrow.bits) - 1),
    ):
        body = f"""x = shufflevector {wide.type} %a, {wide.type} %b, {mask(range(narrow.lanes))}
            l = call {both} @llvm.smax.{suffix}({both} %x, {both} splat ({wide.lane} {low}))
            h = call {both} @llvm.smin.{suffix}({both} %l, {both} splat ({wide.lane} {high}))
            trunc {both} %h to {narrow.type}"""
        _add(f"{narrow.name}.narrow_{wide.name}_{sign}", "ab", wide.type, body, narrow.type)


def _products() -> None:
    wide = "<8 x i32>"
    extended = f"""x = sext <8 x i16> %a to {wide}
        y = sext <8 x i16> %b to {wide}
        p = mul {wide} %x, %y"""
    rounded = f"""{extended}
        s = add {wide} %p, splat (i32 16384)
        t = ashr {wide} %s, splat (i32 15)
        l = call {wide} @llvm.smin.v8i32({wide} %t, {wide} splat (i32 32767))
        trunc {wide} %l to <8 x i16>"""
    for name in ("i16x8.q15mulr_sat_s", "i16x8.relaxed_q15mulr_s"):
        _add(name, "ab", I16X8.type, rounded)
    pairs = f"""e = shufflevector {wide} %p, {wide} poison, {mask(range(0, 8, 2))}
        o = shufflevector {wide} %p, {wide} poison, {mask(range(1, 8, 2))}
        add <4 x i32> %e, %o"""
    _add("i32x4.dot_i16x8_s", "ab", I16X8.type, f"{extended}\n{pairs}", I32X4.type)
    bytes_ = f"""x = sext <16 x i8> %a to <16 x i16>
        y = sext <16 x i8> %b to <16 x i16>
        q = mul <16 x i16> %x, %y
        e = shufflevector <16 x i16> %q, <16 x i16> poison, {mask(range(0, 16, 2))}
        o = shufflevector <16 x i16> %q, <16 x i16> poison, {mask(range(1, 16, 2))}"""
    saturated = "call <8 x i16> @llvm.sadd.sat.v8i16(<8 x i16> %e, <8 x i16> %o)"
    _add("i16x8.relaxed_dot_i8x16_i7x16_s", "ab", I8X16.type, f"{bytes_}\n{saturated}", I16X8.type)
    accumulated = f"""{bytes_}
        d = {saturated}
        w = sext <8 x i16> %d to {wide}
        we = shufflevector {wide} %w, {wide} poison, {mask(range(0, 8, 2))}
        wo = shufflevector {wide} %w, {wide} poison, {mask(range(1, 8, 2))}
        ws = add <4 x i32> %we, %wo
        i = bitcast <16 x i8> %c to <4 x i32>
        add <4 x i32> %ws, %i"""
    _add("i32x4.relaxed_dot_i8x16_i7x16_add_s", "abc", I8X16.type, accumulated, I32X4.type)


def fence(shape: Shape, operands: str) -> str:
    """Lines that hide what the operands are; fenced ``%a`` is ``%fa``."""
    return "\n".join(
        f"f{v} = call {shape.type} @llvm.arithmetic.fence.{shape.suffix}({shape.type} %{v})" for v in operands
    )


def _floats(shape: Shape) -> None:
    name, type_, suffix = shape.name, shape.type, shape.suffix
    for operation in ("add", "sub", "mul", "div"):
        body = f"{fence(shape, 'ab')}\nf{operation} {type_} %fa, %fb"
        _add(f"{name}.{operation}", "ab", type_, body)
    for instruction, negate in (("relaxed_madd", ""), ("relaxed_nmadd", f"na = fneg {type_} %fa\n")):
        factor = "%na" if negate else "%fa"
        body = f"""{fence(shape, "abc")}
            {negate}p = fmul {type_} {factor}, %fb
            fadd {type_} %p, %fc"""
        _add(f"{name}.{instruction}", "abc", type_, body)
    for instruction, intrinsic in (
        ("abs", "fabs"), ("ceil", "ceil"), ("floor", "floor"),
        ("trunc", "trunc"), ("nearest", "roundeven"), ("sqrt", "sqrt"),
    ):  # fmt: skip
        _add(f"{name}.{instruction}", "a", type_, f"call {type_} @llvm.{intrinsic}.{suffix}({type_} %a)")
    _add(f"{name}.neg", "a", type_, f"fneg {type_} %a")
    truths = vector(shape.lanes, "i1")
    for instruction, intrinsic in (("min", "minimum"), ("max", "maximum")):
        body = f"""{fence(shape, "ab")}
            n = fcmp uno {type_} %fa, %fb
            q = fadd {type_} %fa, %fb
            m = call {type_} @llvm.{intrinsic}.{suffix}({type_} %fa, {type_} %fb)
            select {truths} %n, {type_} %q, {type_} %m"""
        for prefix in ("", "relaxed_"):
            _add(f"{name}.{prefix}{instruction}", "ab", type_, body)
    for instruction, test in (("pmin", "olt {type} %b, %a"), ("pmax", "olt {type} %a, %b")):
        body = f"t = fcmp {test.format(type=type_)}\nselect {truths} %t, {type_} %b, {type_} %a"
        _add(f"{name}.{instruction}", "ab", type_, body)
    for test in ("eq", "ne", "lt", "gt", "le", "ge"):
        _compare(shape, test, f"fcmp {'u' if test == 'ne' else 'o'}{test}")


def _conversions() -> None:
    low = mask(range(2))
    padded = mask(range(4))
    for sign, operation in (("s", "sitofp"), ("u", "uitofp")):
        convert = f"{operation} <4 x i32> %a to <4 x float>"
        _add(f"f32x4.convert_i32x4_{sign}", "a", I32X4.type, convert, F32X4.type)
        body = f"""l = shufflevector <4 x i32> %a, <4 x i32> poison, {low}
            {operation} <2 x i32> %l to <2 x double>"""
        _add(f"f64x2.convert_low_i32x4_{sign}", "a", I32X4.type, body, F64X2.type)
        for strict in ("trunc_sat", "relaxed_trunc"):
            call = f"call <4 x i32> @llvm.fpto{sign}i.sat.v4i32.v4f32(<4 x float> %a)"
            _add(f"i32x4.{strict}_f32x4_{sign}", "a", F32X4.type, call, I32X4.type)
            body = f"""t = call <2 x i32> @llvm.fpto{sign}i.sat.v2i32.v2f64(<2 x double> %a)
                shufflevector <2 x i32> %t, <2 x i32> zeroinitializer, {padded}"""
            _add(f"i32x4.{strict}_f64x2_{sign}_zero", "a", F64X2.type, body, I32X4.type)
    body = f"""{fence(F64X2, "a")}
        t = fptrunc <2 x double> %fa to <2 x float>
        shufflevector <2 x float> %t, <2 x float> zeroinitializer, {padded}"""
    _add("f32x4.demote_f64x2_zero", "a", F64X2.type, body, F32X4.type)
    body = (
        f"l = shufflevector <4 x float> %a, <4 x float> poison, {low}\nfpext <2 x float> %l to <2 x double>"
    )
    _add("f64x2.promote_low_f32x4", "a", F32X4.type, body, F64X2.type)


def _swizzle() -> None:
    if llvm.machine() == "aarch64":
        body = "call <16 x i8> @llvm.aarch64.neon.tbl1.v16i8(<16 x i8> %a, <16 x i8> %b)"
    else:
        # pshufb gives zero where the highest bit of the index is set, which the sum sees to from 16 on.
        body = """i = call <16 x i8> @llvm.uadd.sat.v16i8(<16 x i8> %b, <16 x i8> splat (i8 112))
            call <16 x i8> @llvm.x86.ssse3.pshuf.b.128(<16 x i8> %a, <16 x i8> %i)"""
    for name in ("i8x16.swizzle", "i8x16.relaxed_swizzle"):
        _add(name, "ab", I8X16.type, body)


def _splats() -> None:
    for shape in INTEGERS + FLOATS:
        narrow = f"v = trunc i32 {{0}} to {shape.lane}\n" if shape.bits < 32 else ""
        body = narrow + splat(shape, "%v" if narrow else "{0}").replace("s = shuffle", "shuffle")
        _add(f"{shape.name}.splat", "", shape.type, body)


_bitwise()
for _shape in INTEGERS:
    _integers(_shape)
for _narrow, _wide in ((I8X16, I16X8), (I16X8, I32X4), (I32X4, I64X2)):
    _widening(_narrow, _wide)
_narrowing(I16X8, I8X16)
_narrowing(I32X4, I16X8)
_products()
for _shape in FLOATS:
    _floats(_shape)
_conversions()
_swizzle()
_splats()
