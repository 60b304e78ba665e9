"""Numerics (standard, "Execution / Numerics"): what the numeric instructions calculate, as pure functions.

`NUMERICS` gives the function of an instruction: operands in, in the order of the instruction's parameters,
the result out, and where there are several a tuple of them. It may raise `harness.engine.Trap`. How numbers
are represented stands in `engines.wasm.numerics.representation`.
"""

from __future__ import annotations

from engines.wasm.numerics.conversions import CONVERSIONS
from engines.wasm.numerics.floats import F32, F64
from engines.wasm.numerics.integers import Operation, integer_operations
from engines.wasm.numerics.representation import (
    FROM_BITS,
    TO_BITS,
    f32_from_bits,
    f32_round,
    f32_to_bits,
    f64_from_bits,
    f64_to_bits,
)

__all__ = [
    "FROM_BITS",
    "NUMERICS",
    "TO_BITS",
    "Operation",
    "f32_from_bits",
    "f32_round",
    "f32_to_bits",
    "f64_from_bits",
    "f64_to_bits",
]

NUMERICS: dict[str, Operation] = {
    **{f"i32.{name}": operation for name, operation in integer_operations(32).items()},
    **{f"i64.{name}": operation for name, operation in integer_operations(64).items()},
    **{f"f32.{name}": operation for name, operation in F32.items()},
    **{f"f64.{name}": operation for name, operation in F64.items()},
    **CONVERSIONS,
}
"""The function of every numeric instruction without immediates, by name."""
