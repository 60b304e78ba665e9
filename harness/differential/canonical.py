"""The same module, but that every NaN it computes is the canonical one.

The standard leaves open which NaN an operation gives (standard, "Execution / Numerics / NaN Propagation"),
and from there its bits get everywhere: into integers, memories, digests. With one NaN instead of many, what
engines say can be compared to the bit.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.generate.nans import open_nan
from harness.generate.values import BITS, SIGNIFICAND
from harness.standard.instructions import INSTRUCTIONS
from harness.standard.types import F32, F64, V128, FuncType

if TYPE_CHECKING:
    from harness.standard.syntax import Expr, Func, Module
    from harness.standard.types import ValType

_SCALARS: dict[int, ValType] = {32: F32, 64: F64}
_SHAPES = {32: "f32x4", 64: "f64x2"}


def canonical(module: Module) -> Module:
    """A copy in which whatever may give any NaN is followed by code that makes it the canonical one."""
    types = [sub.comp for group in module.types for sub in group]
    return replace(module, funcs=[_function(func, types[func.type]) for func in module.funcs])


def _function(func: Func, type_: object) -> Func:
    assert isinstance(type_, FuncType)
    first = len(type_.params) + len(func.locals)
    locals_: dict[ValType, int] = {}
    body: Expr = []
    for instruction in func.body:
        body.append(instruction)
        row = instruction[0]
        if n := open_nan(row):
            scalar = row.results == (_SCALARS[n],)
            kind = _SCALARS[n] if scalar else V128
            local = locals_.setdefault(kind, first + len(locals_))
            body += _fix_scalar(n, local) if scalar else _fix_lanes(n, local)
    return replace(func, locals=[*func.locals, *locals_], body=body, offsets=())


def _fix_scalar(n: int, local: int) -> Expr:
    """What is on the stack stays there if it equals itself, which no NaN does."""
    kind = _SCALARS[n]
    return [
        (INSTRUCTIONS["local.tee"], local),
        (INSTRUCTIONS[f"{kind}.const"], _nan(n)),
        (INSTRUCTIONS["local.get"], local),
        (INSTRUCTIONS["local.get"], local),
        (INSTRUCTIONS[f"{kind}.eq"],),
        (INSTRUCTIONS["select"],),
    ]


def _fix_lanes(n: int, local: int) -> Expr:
    """The same for each lane of a vector."""
    lanes = sum(_nan(n) << shift for shift in range(0, BITS[V128], n))
    return [
        (INSTRUCTIONS["local.tee"], local),
        (INSTRUCTIONS["v128.const"], lanes),
        (INSTRUCTIONS["local.get"], local),
        (INSTRUCTIONS["local.get"], local),
        (INSTRUCTIONS[f"{_SHAPES[n]}.eq"],),
        (INSTRUCTIONS["v128.bitselect"],),
    ]


def _nan(n: int) -> int:
    """The canonical NaN of `n` bits: positive, and of its payload the highest bit alone."""
    return (1 << n - 1) - (1 << SIGNIFICAND[n] - 1)
