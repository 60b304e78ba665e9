"""Numerics (standard, "Execution / Numerics"): what the numeric instructions calculate, as pure functions.

`NUMERICS` gives the function of an instruction: operands in, in the order of the instruction's parameters,
the result out, and where there are several a tuple of them. It may raise `harness.engine.Trap`. How numbers
are represented stands in `engines.wasm.numerics.representation`.

`WITH_IMMEDIATES` gives what makes such a function from the immediates. Of the vector instructions that access
memory `LOADS`, `LANE_LOADS` and `LANE_STORES` give what is between memory and vector, and of the atomic ones
`MODIFICATIONS` what becomes of the value in memory.
"""

from __future__ import annotations

from engines.wasm.numerics.access import LANE_LOADS, LANE_STORES, LOADS, WITH_IMMEDIATES
from engines.wasm.numerics.atomics import MODIFICATIONS
from engines.wasm.numerics.conversions import CONVERSIONS
from engines.wasm.numerics.floats import F32, F64
from engines.wasm.numerics.integers import Operation, integer_operations
from engines.wasm.numerics.relaxed import RELAXED
from engines.wasm.numerics.representation import (
    FROM_BITS,
    TO_BITS,
    f32_from_bits,
    f32_round,
    f32_to_bits,
    f64_from_bits,
    f64_to_bits,
)
from engines.wasm.numerics.vectors import VECTORS
from engines.wasm.numerics.wide import WIDE
from harness.standard.instructions import INSTRUCTIONS

__all__ = [
    "FROM_BITS",
    "LANE_LOADS",
    "LANE_STORES",
    "LOADS",
    "MODIFICATIONS",
    "NUMERICS",
    "TO_BITS",
    "WITH_IMMEDIATES",
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
    **WIDE,
    # not every shape has every operation
    **{name: operation for name, operation in (VECTORS | RELAXED).items() if name in INSTRUCTIONS},
}
"""The function of every numeric instruction without immediates, by name."""
