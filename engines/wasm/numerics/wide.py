"""128-bit arithmetic on pairs of i64, the lower half first (the proposal "wide arithmetic")."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engines.wasm.numerics.integers import Operation

_MASK = (1 << 64) - 1
_TOP = 1 << 63


def _halves(a: int) -> tuple[int, int]:
    return a & _MASK, a >> 64 & _MASK


def _signed(a: int) -> int:
    return (a ^ _TOP) - _TOP


WIDE: dict[str, Operation] = {
    "i64.add128": lambda a, b, c, d: _halves((a | b << 64) + (c | d << 64)),
    "i64.sub128": lambda a, b, c, d: _halves((a | b << 64) - (c | d << 64)),
    "i64.mul_wide_u": lambda a, b: _halves(a * b),
    "i64.mul_wide_s": lambda a, b: _halves(_signed(a) * _signed(b)),
}
"""The operations by name; they give two results."""
