"""Numeric instructions that are nothing but LLVM instructions: templates by name.

In a template ``{0}`` and ``{1}`` are the operands, ``{r}`` is the result, and ``{r}.x`` are values on the
way. Instructions that may trap are in `engines.compiler.translate.trapping`.

LLVM leaves open what becomes of a signalling NaN, and folds `x * 1`, `x - 0` and a demotion of a promotion to
`x`; the standard wants the result quiet. Wherever a constant could meet such arithmetic,
``llvm.arithmetic.fence`` hides it.
"""

from __future__ import annotations

LLVM = {"i32": "i32", "i64": "i64", "f32": "float", "f64": "double", "v128": "<2 x i64>"}
"""The LLVM types of number and vector types."""
REFERENCE = "ptr"
"""The LLVM type of every reference type."""

_INTEGERS = {"i32": 32, "i64": 64}
_FLOATS = {"f32": 32, "f64": 64}

TEMPLATES: dict[str, str] = {}
"""By name of the instruction."""
COMPARISONS: set[str] = set()
"""Instructions whose template leaves their truth as an i1 in ``{r}.c``."""


def _compare(name: str, test: str) -> None:
    TEMPLATES[name] = f"  {{r}}.c = {test}\n  {{r}} = zext i1 {{r}}.c to i32"
    COMPARISONS.add(name)


def _integers(type_: str, bits: int) -> None:
    for name in ("add", "sub", "mul", "and", "or", "xor"):
        TEMPLATES[f"{type_}.{name}"] = f"  {{r}} = {name} {type_} {{0}}, {{1}}"
    for name, operation in (("shl", "shl"), ("shr_s", "ashr"), ("shr_u", "lshr")):
        TEMPLATES[f"{type_}.{name}"] = (
            f"  {{r}}.n = and {type_} {{1}}, {bits - 1}\n  {{r}} = {operation} {type_} {{0}}, {{r}}.n"
        )
    for name, intrinsic in (("rotl", "fshl"), ("rotr", "fshr")):
        TEMPLATES[f"{type_}.{name}"] = (
            f"  {{r}} = call {type_} @llvm.{intrinsic}.{type_}({type_} {{0}}, {type_} {{0}}, {type_} {{1}})"
        )
    for name, intrinsic in (("clz", "ctlz"), ("ctz", "cttz")):
        TEMPLATES[f"{type_}.{name}"] = (
            f"  {{r}} = call {type_} @llvm.{intrinsic}.{type_}({type_} {{0}}, i1 false)"
        )
    TEMPLATES[f"{type_}.popcnt"] = f"  {{r}} = call {type_} @llvm.ctpop.{type_}({type_} {{0}})"
    _compare(f"{type_}.eqz", f"icmp eq {type_} {{0}}, 0")
    for name in ("eq", "ne"):
        _compare(f"{type_}.{name}", f"icmp {name} {type_} {{0}}, {{1}}")
    for order in ("lt", "gt", "le", "ge"):
        for sign in ("s", "u"):
            _compare(f"{type_}.{order}_{sign}", f"icmp {sign}{order} {type_} {{0}}, {{1}}")
    for width in (8, 16, 32):
        if width < bits:
            TEMPLATES[f"{type_}.extend{width}_s"] = (
                f"  {{r}}.t = trunc {type_} {{0}} to i{width}\n  {{r}} = sext i{width} {{r}}.t to {type_}"
            )


def _floats(type_: str, bits: int) -> None:
    llvm = LLVM[type_]
    for name in ("add", "sub", "mul", "div"):
        TEMPLATES[f"{type_}.{name}"] = f"  {{r}} = f{name} {llvm} {{0}}, {{1}}"
    for name, intrinsic in (
        ("abs", "fabs"),
        ("ceil", "ceil"),
        ("floor", "floor"),
        ("trunc", "trunc"),
        ("nearest", "roundeven"),
        ("sqrt", "sqrt"),
    ):
        TEMPLATES[f"{type_}.{name}"] = f"  {{r}} = call {llvm} @llvm.{intrinsic}.f{bits}({llvm} {{0}})"
    TEMPLATES[f"{type_}.neg"] = f"  {{r}} = fneg {llvm} {{0}}"
    TEMPLATES[f"{type_}.copysign"] = (
        f"  {{r}} = call {llvm} @llvm.copysign.f{bits}({llvm} {{0}}, {llvm} {{1}})"
    )
    for name, intrinsic in (("min", "minimum"), ("max", "maximum")):
        # A NaN must come out quiet: the sum sees to it.
        TEMPLATES[f"{type_}.{name}"] = (
            f"  {{r}}.n = fcmp uno {llvm} {{0}}, {{1}}\n"
            f"  {{r}}.s = fadd {llvm} {{0}}, {{1}}\n"
            f"  {{r}}.m = call {llvm} @llvm.{intrinsic}.f{bits}({llvm} {{0}}, {llvm} {{1}})\n"
            f"  {{r}} = select i1 {{r}}.n, {llvm} {{r}}.s, {llvm} {{r}}.m"
        )
    for name, test in (
        ("eq", "oeq"),
        ("ne", "une"),
        ("lt", "olt"),
        ("gt", "ogt"),
        ("le", "ole"),
        ("ge", "oge"),
    ):
        _compare(f"{type_}.{name}", f"fcmp {test} {llvm} {{0}}, {{1}}")


def fenced(value: str, llvm: str, suffix: str) -> str:
    """The line that gives `value` to ``{r}`` such that LLVM cannot tell what it is."""
    return f"  {{r}} = call {llvm} @llvm.arithmetic.fence.{suffix}({llvm} {value})"


def _conversions() -> None:
    TEMPLATES["i32.wrap_i64"] = "  {r} = trunc i64 {0} to i32"
    TEMPLATES["i64.extend_i32_s"] = "  {r} = sext i32 {0} to i64"
    TEMPLATES["i64.extend_i32_u"] = "  {r} = zext i32 {0} to i64"
    TEMPLATES["f32.demote_f64"] = (
        "  {r}.f = call double @llvm.arithmetic.fence.f64(double {0})\n  {r} = fptrunc double {r}.f to float"
    )
    TEMPLATES["f64.promote_f32"] = "  {r} = fpext float {0} to double"
    for float_, bits in _FLOATS.items():
        llvm = LLVM[float_]
        for integer in _INTEGERS:
            for sign, operation in (("s", "sitofp"), ("u", "uitofp")):
                TEMPLATES[f"{float_}.convert_{integer}_{sign}"] = (
                    f"  {{r}}.v = {operation} {integer} {{0}} to {llvm}\n" + fenced("{r}.v", llvm, f"f{bits}")
                )
                TEMPLATES[f"{integer}.trunc_sat_{float_}_{sign}"] = (
                    f"  {{r}} = call {integer} @llvm.fpto{sign}i.sat.{integer}.f{bits}({llvm} {{0}})"
                )
        integer = f"i{bits}"
        TEMPLATES[f"{integer}.reinterpret_{float_}"] = f"  {{r}} = bitcast {llvm} {{0}} to {integer}"
        TEMPLATES[f"{float_}.reinterpret_{integer}"] = (
            f"  {{r}}.v = bitcast {integer} {{0}} to {llvm}\n" + fenced("{r}.v", llvm, f"f{bits}")
        )
        TEMPLATES[f"{float_}.const"] = TEMPLATES[f"{float_}.reinterpret_{integer}"]


for _type, _bits in _INTEGERS.items():
    _integers(_type, _bits)
for _type, _bits in _FLOATS.items():
    _floats(_type, _bits)
_conversions()
