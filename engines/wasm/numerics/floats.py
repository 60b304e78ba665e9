"""Floating point (standard, "Execution / Numerics / Floating-Point Operations").

Which NaN comes out: `neg`, `abs` and `copysign` change the sign of any NaN and nothing else. Everywhere else
a NaN is canonical if all NaN operands are (or there is none), and otherwise arithmetic, that is quiet. Its
sign and payload are what the machine gives, mostly those of an operand: the standard leaves them open.
"""

from __future__ import annotations

import math
from math import copysign, inf
from typing import TYPE_CHECKING

from engines.wasm.numerics.representation import f32_round, f64_nan

if TYPE_CHECKING:
    from collections.abc import Callable

    from engines.wasm.numerics.integers import Operation

INTEGRAL = 2.0**52
"""From here on every f64, and so every f32, is integral."""

F64: dict[str, Operation] = {}
"""The operations on f64 by their instruction's name without the type."""


def _operation(function: Operation) -> Operation:
    F64[function.__name__.rstrip("_")] = function
    return function


@_operation
def abs_(a: float) -> float:
    """Clear the sign."""
    return abs(a)


@_operation
def neg(a: float) -> float:
    """Flip the sign."""
    return -a


@_operation
def copysign_(a: float, b: float) -> float:
    """`a` with the sign of `b`."""
    return copysign(a, b)


@_operation
def add(a: float, b: float) -> float:
    """Sum."""
    return a + b


@_operation
def sub(a: float, b: float) -> float:
    """Difference."""
    return a - b


@_operation
def mul(a: float, b: float) -> float:
    """Product."""
    return a * b


@_operation
def div(a: float, b: float) -> float:
    """Quotient; of zero by zero a NaN, of anything else by zero an infinity."""
    if b:
        return a / b
    if a:
        return a * copysign(inf, b)
    return f64_nan


@_operation
def sqrt(a: float) -> float:
    """Square root."""
    if a < 0.0:
        return f64_nan
    return math.sqrt(a) if a == a else a + a


@_operation
def min_(a: float, b: float) -> float:
    """The smaller; -0 is below +0."""
    if a < b:
        return a
    if b < a:
        return b
    if a == b:
        return a if copysign(1.0, a) < 0.0 else b
    return a + b


@_operation
def max_(a: float, b: float) -> float:
    """The greater; +0 is above -0."""
    if a > b:
        return a
    if b > a:
        return b
    if a == b:
        return b if copysign(1.0, a) < 0.0 else a
    return a + b


def _integral(toward: Callable[[float], int]) -> Operation:
    """Round to an integral value by a function that Python has; the sign stays, also that of a zero."""

    def rounding(a: float) -> float:
        if -INTEGRAL < a < INTEGRAL:
            return copysign(toward(a), a)
        return a if a == a else a + a

    return rounding


F64["ceil"] = _integral(math.ceil)
F64["floor"] = _integral(math.floor)
F64["trunc"] = _integral(math.trunc)
F64["nearest"] = _integral(round)


@_operation
def eq(a: float, b: float) -> int:
    """Equal."""
    return 1 if a == b else 0


@_operation
def ne(a: float, b: float) -> int:
    """Not equal."""
    return 1 if a != b else 0


@_operation
def lt(a: float, b: float) -> int:
    """Less."""
    return 1 if a < b else 0


@_operation
def gt(a: float, b: float) -> int:
    """Greater."""
    return 1 if a > b else 0


@_operation
def le(a: float, b: float) -> int:
    """Less or equal."""
    return 1 if a <= b else 0


@_operation
def ge(a: float, b: float) -> int:
    """Greater or equal."""
    return 1 if a >= b else 0


F32: dict[str, Operation] = {
    **F64,
    "add": lambda a, b: f32_round(a + b),
    "sub": lambda a, b: f32_round(a - b),
    "mul": lambda a, b: f32_round(a * b),
    "div": lambda a, b: f32_round(div(a, b)),
    "sqrt": lambda a: f32_round(sqrt(a)),
}
"""The operations on f32: those of f64, rounded where the result may not be an f32."""
