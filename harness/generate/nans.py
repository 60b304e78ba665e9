"""Where the standard leaves the bits of a NaN open (standard, "Execution / Numerics / NaN Propagation")."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from harness.generate.values import BITS, SIGNIFICAND

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.engine import Value
    from harness.standard.instructions import Instruction

_OPEN = re.compile(
    r"f(?P<lane>32|64)(x4|x2)?\.(relaxed_)?"
    r"(add|sub|mul|div|sqrt|min|max|ceil|floor|trunc|nearest|madd|nmadd|demote_.*|promote_.*)"
)


def open_nan(row: Instruction) -> int:
    """The width of the floats in a result that may be one NaN or another; 0 if there are none."""
    match = _OPEN.fullmatch(row.name)
    return int(match["lane"]) if match else 0


def is_nan(bits: int, n: int) -> bool:
    """Whether a float of `n` bits is a NaN."""
    infinity = (1 << n - 1) - (1 << SIGNIFICAND[n])
    return bits & ~(1 << n - 1) > infinity


def agree(row: Instruction, left: Sequence[Value], right: Sequence[Value]) -> bool:
    """Whether two engines gave the same results, as far as the standard says what they are."""
    n = open_nan(row)
    if n == 0 or left == right:
        return list(left) == list(right)
    return all(
        one == other or (is_nan(one, n) and is_nan(other, n))
        for a, b in zip(left, right, strict=True)
        for one, other in zip(_floats(a, n), _floats(b, n), strict=True)
    )


def _floats(value: Value, n: int) -> list[int]:
    assert value.bits is not None
    return [value.bits >> shift & (1 << n) - 1 for shift in range(0, BITS[value.type], n)]
