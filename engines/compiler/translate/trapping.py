"""Numeric instructions that may trap: their checks, and templates for what is left to do.

A check is a template for an i1 that is true if the instruction traps; checks are made in order.
"""

from __future__ import annotations

from typing import NamedTuple

from engines.compiler.translate.numeric import LLVM
from harness.engine import TrapKind


class Check(NamedTuple):
    """What makes an instruction trap."""

    test: str
    """A template whose value is ``{r}``."""
    kind: TrapKind


class Trapping(NamedTuple):
    """A numeric instruction that may trap."""

    checks: tuple[Check, ...]
    template: str


TRAPPING: dict[str, Trapping] = {}
"""By name of the instruction."""


def _division(type_: str, bits: int) -> None:
    least = -(1 << bits - 1)
    zero = Check(f"  {{r}} = icmp eq {type_} {{1}}, 0", TrapKind.DIVIDE_BY_ZERO)
    overflow = Check(
        f"  {{r}}.a = icmp eq {type_} {{0}}, {least}\n"
        f"  {{r}}.b = icmp eq {type_} {{1}}, -1\n"
        "  {r} = and i1 {r}.a, {r}.b",
        TrapKind.INTEGER_OVERFLOW,
    )
    TRAPPING[f"{type_}.div_s"] = Trapping((zero, overflow), f"  {{r}} = sdiv {type_} {{0}}, {{1}}")
    TRAPPING[f"{type_}.div_u"] = Trapping((zero,), f"  {{r}} = udiv {type_} {{0}}, {{1}}")
    TRAPPING[f"{type_}.rem_u"] = Trapping((zero,), f"  {{r}} = urem {type_} {{0}}, {{1}}")
    # What remains after division by -1 and by 1 is the same; the first overflows for the least integer.
    TRAPPING[f"{type_}.rem_s"] = Trapping(
        (zero,),
        f"  {{r}}.m = icmp eq {type_} {{1}}, -1\n"
        f"  {{r}}.d = select i1 {{r}}.m, {type_} 1, {type_} {{1}}\n"
        f"  {{r}} = srem {type_} {{0}}, {{r}}.d",
    )


def _truncation(integer: str, bits: int, float_: str, precision: int, sign: str) -> None:
    """From a float of `precision` bits; what lies strictly between the two bounds can be truncated."""
    llvm = LLVM[float_]
    high = 2.0 ** (bits - 1 if sign == "s" else bits)
    low = -high if sign == "s" else 0.0
    # The integer one below `low` is a bound itself if the float can hold it, else `low` is within.
    exact = bits <= precision or sign == "u"
    low, below = (low - 1.0, "ule") if exact else (low, "ult")
    nan = Check(f"  {{r}} = fcmp uno {llvm} {{0}}, {{0}}", TrapKind.INVALID_CONVERSION)
    outside = Check(
        f"  {{r}}.a = fcmp {below} {llvm} {{0}}, {low:.1f}\n"
        f"  {{r}}.b = fcmp uge {llvm} {{0}}, {high:.1f}\n"
        "  {r} = or i1 {r}.a, {r}.b",
        TrapKind.INTEGER_OVERFLOW,
    )
    TRAPPING[f"{integer}.trunc_{float_}_{sign}"] = Trapping(
        (nan, outside), f"  {{r}} = fpto{sign}i {llvm} {{0}} to {integer}"
    )


for _integer, _bits in (("i32", 32), ("i64", 64)):
    _division(_integer, _bits)
    for _float, _precision in (("f32", 24), ("f64", 53)):
        for _sign in ("s", "u"):
            _truncation(_integer, _bits, _float, _precision, _sign)
