"""Integers (standard, "Execution / Numerics / Integer Operations"), for any width N."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from harness.engine import Trap, TrapKind

Operation: TypeAlias = Callable[..., Any]


def integer_operations(n: int) -> dict[str, Operation]:
    """The operations on integers of `n` bits by the instruction's name without its type: ``add``, ``div_s``.

    Operands and results are unsigned; tests and comparisons give 0 or 1.
    """
    operations: dict[str, Operation] = {}
    mask = (1 << n) - 1
    top = 1 << n - 1
    """The sign bit. Flipping it in both operands makes the unsigned order the signed one."""

    def operation(function: Operation) -> Operation:
        operations[function.__name__.rstrip("_")] = function
        return function

    def signed(a: int) -> int:
        return (a ^ top) - top

    @operation
    def add(a: int, b: int) -> int:
        return a + b & mask

    @operation
    def sub(a: int, b: int) -> int:
        return a - b & mask

    @operation
    def mul(a: int, b: int) -> int:
        return a * b & mask

    @operation
    def div_u(a: int, b: int) -> int:
        if not b:
            raise Trap(TrapKind.DIVIDE_BY_ZERO)
        return a // b

    @operation
    def div_s(a: int, b: int) -> int:
        if not b:
            raise Trap(TrapKind.DIVIDE_BY_ZERO)
        a, b = signed(a), signed(b)
        quotient = abs(a) // abs(b)
        if (a < 0) != (b < 0):
            return -quotient & mask
        if quotient == top:
            raise Trap(TrapKind.INTEGER_OVERFLOW)
        return quotient

    @operation
    def rem_u(a: int, b: int) -> int:
        if not b:
            raise Trap(TrapKind.DIVIDE_BY_ZERO)
        return a % b

    @operation
    def rem_s(a: int, b: int) -> int:
        if not b:
            raise Trap(TrapKind.DIVIDE_BY_ZERO)
        a, b = signed(a), signed(b)
        remainder = abs(a) % abs(b)
        return (-remainder if a < 0 else remainder) & mask

    @operation
    def and_(a: int, b: int) -> int:
        return a & b

    @operation
    def or_(a: int, b: int) -> int:
        return a | b

    @operation
    def xor(a: int, b: int) -> int:
        return a ^ b

    @operation
    def shl(a: int, b: int) -> int:
        return a << b % n & mask

    @operation
    def shr_u(a: int, b: int) -> int:
        return a >> b % n

    @operation
    def shr_s(a: int, b: int) -> int:
        return signed(a) >> b % n & mask

    @operation
    def rotl(a: int, b: int) -> int:
        b %= n
        return a << b & mask | a >> n - b

    @operation
    def rotr(a: int, b: int) -> int:
        b %= n
        return a >> b | a << n - b & mask

    @operation
    def clz(a: int) -> int:
        return n - a.bit_length()

    @operation
    def ctz(a: int) -> int:
        return (a & -a).bit_length() - 1 if a else n

    @operation
    def popcnt(a: int) -> int:
        return a.bit_count()

    @operation
    def eqz(a: int) -> int:
        return 0 if a else 1

    @operation
    def eq(a: int, b: int) -> int:
        return 1 if a == b else 0

    @operation
    def ne(a: int, b: int) -> int:
        return 1 if a != b else 0

    @operation
    def lt_u(a: int, b: int) -> int:
        return 1 if a < b else 0

    @operation
    def lt_s(a: int, b: int) -> int:
        return 1 if a ^ top < b ^ top else 0

    @operation
    def gt_u(a: int, b: int) -> int:
        return 1 if a > b else 0

    @operation
    def gt_s(a: int, b: int) -> int:
        return 1 if a ^ top > b ^ top else 0

    @operation
    def le_u(a: int, b: int) -> int:
        return 1 if a <= b else 0

    @operation
    def le_s(a: int, b: int) -> int:
        return 1 if a ^ top <= b ^ top else 0

    @operation
    def ge_u(a: int, b: int) -> int:
        return 1 if a >= b else 0

    @operation
    def ge_s(a: int, b: int) -> int:
        return 1 if a ^ top >= b ^ top else 0

    for width in (8, 16, 32):
        if width < n:
            operations[f"extend{width}_s"] = extend_s(width, n)
    return operations


def extend_s(m: int, n: int) -> Operation:
    """Sign extension of the lower `m` bits of an integer to `n` bits."""
    mask, top, wide = (1 << m) - 1, 1 << m - 1, (1 << n) - 1

    def extend(a: int) -> int:
        return ((a & mask) ^ top) - top & wide

    return extend
