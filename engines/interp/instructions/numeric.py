"""Numeric instructions.

What they calculate is `engines.wasm.numerics`; here it is applied to the operand stack. The commonest, which
Python has as operators, are written out, since a call costs as much as all the rest of an operation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engines.interp.frame import top
from engines.wasm.numerics import FROM_BITS, NUMERICS, WITH_IMMEDIATES
from harness.standard.instructions import INSTRUCTIONS

if TYPE_CHECKING:
    from collections.abc import Callable

    from engines.interp.frame import Frame, Operation
    from engines.interp.scope import Scope


def _unary(function: Callable[..., Any]) -> Operation:
    def operation(frame: Frame) -> None:
        frame[-1] = function(frame[-1])

    return operation


def _binary(function: Callable[..., Any]) -> Operation:
    def operation(frame: Frame) -> None:
        right = frame.pop()
        frame[-1] = function(frame[-1], right)

    return operation


def _any(function: Callable[..., Any], params: int, results: int) -> Operation:
    operands = top(params)

    def operation(frame: Frame) -> None:
        result = function(*frame[operands])
        frame[operands] = (result,) if results == 1 else result

    return operation


def _apply(name: str, function: Callable[..., Any]) -> Operation:
    """The operation of the instruction `name`, which calculates `function`."""
    row = INSTRUCTIONS[name]
    assert row.params is not None
    assert row.results is not None
    if len(row.params) == len(row.results) == 1:
        return _unary(function)
    if len(row.params) == 2 and len(row.results) == 1:
        return _binary(function)
    return _any(function, len(row.params), len(row.results))


def _integers(type_: str, width: int) -> dict[str, Operation]:
    mask = (1 << width) - 1
    sign = 1 << (width - 1)
    shift = width - 1

    def add(frame: Frame) -> None:
        right = frame.pop()
        frame[-1] = frame[-1] + right & mask

    def sub(frame: Frame) -> None:
        right = frame.pop()
        frame[-1] = frame[-1] - right & mask

    def mul(frame: Frame) -> None:
        right = frame.pop()
        frame[-1] = frame[-1] * right & mask

    def and_(frame: Frame) -> None:
        right = frame.pop()
        frame[-1] &= right

    def or_(frame: Frame) -> None:
        right = frame.pop()
        frame[-1] |= right

    def xor(frame: Frame) -> None:
        right = frame.pop()
        frame[-1] ^= right

    def shl(frame: Frame) -> None:
        right = frame.pop()
        frame[-1] = frame[-1] << (right & shift) & mask

    def shr_u(frame: Frame) -> None:
        right = frame.pop()
        frame[-1] >>= right & shift

    def eqz(frame: Frame) -> None:
        frame[-1] = 0 if frame[-1] else 1

    # Flipping the sign bits makes the unsigned order the signed one.
    def lt_s(frame: Frame) -> None:
        right = frame.pop()
        frame[-1] = 1 if frame[-1] ^ sign < right ^ sign else 0

    def gt_s(frame: Frame) -> None:
        right = frame.pop()
        frame[-1] = 1 if frame[-1] ^ sign > right ^ sign else 0

    def le_s(frame: Frame) -> None:
        right = frame.pop()
        frame[-1] = 1 if frame[-1] ^ sign <= right ^ sign else 0

    def ge_s(frame: Frame) -> None:
        right = frame.pop()
        frame[-1] = 1 if frame[-1] ^ sign >= right ^ sign else 0

    operations = {"add": add, "sub": sub, "mul": mul, "and": and_, "or": or_, "xor": xor, "shl": shl}
    operations |= {"shr_u": shr_u, "eqz": eqz, "lt_s": lt_s, "gt_s": gt_s, "le_s": le_s, "ge_s": ge_s}
    operations |= {"eq": eq, "ne": ne, "lt_u": lt, "gt_u": gt, "le_u": le, "ge_u": ge}
    return {f"{type_}.{name}": operation for name, operation in operations.items()}


def eq(frame: Frame) -> None:
    """Equal."""
    right = frame.pop()
    frame[-1] = 1 if frame[-1] == right else 0


def ne(frame: Frame) -> None:
    """Not equal; true of a NaN."""
    right = frame.pop()
    frame[-1] = 1 if frame[-1] != right else 0


def lt(frame: Frame) -> None:
    """Less."""
    right = frame.pop()
    frame[-1] = 1 if frame[-1] < right else 0


def gt(frame: Frame) -> None:
    """Greater."""
    right = frame.pop()
    frame[-1] = 1 if frame[-1] > right else 0


def le(frame: Frame) -> None:
    """Less or equal."""
    right = frame.pop()
    frame[-1] = 1 if frame[-1] <= right else 0


def ge(frame: Frame) -> None:
    """Greater or equal."""
    right = frame.pop()
    frame[-1] = 1 if frame[-1] >= right else 0


def f64_add(frame: Frame) -> None:
    """Sum."""
    right = frame.pop()
    frame[-1] += right


def f64_sub(frame: Frame) -> None:
    """Difference."""
    right = frame.pop()
    frame[-1] -= right


def f64_mul(frame: Frame) -> None:
    """Product."""
    right = frame.pop()
    frame[-1] *= right


_COMPARISONS = {"eq": eq, "ne": ne, "lt": lt, "gt": gt, "le": le, "ge": ge}

OPERATIONS: dict[str, Operation] = {
    **{name: _apply(name, function) for name, function in NUMERICS.items()},
    **_integers("i32", 32),
    **_integers("i64", 64),
    **{f"{type_}.{name}": operation for type_ in ("f32", "f64") for name, operation in _COMPARISONS.items()},
    "f64.add": f64_add,
    "f64.sub": f64_sub,
    "f64.mul": f64_mul,
}


def _push(value: Any) -> Operation:
    def operation(frame: Frame) -> None:
        frame.append(value)

    return operation


def _const(from_bits: Callable[[int], Any]) -> Callable[[Scope, int], Operation]:
    def maker(scope: Scope, bits: int) -> Operation:
        return _push(from_bits(bits))

    return maker


def _with_immediates(name: str, make: Callable[..., Callable[..., Any]]) -> Callable[..., Operation]:
    def maker(scope: Scope, *immediates: Any) -> Operation:
        return _apply(name, make(*immediates))

    return maker


MAKERS: dict[str, Callable[..., Operation]] = {
    **{f"{type_}.const": _const(from_bits) for type_, from_bits in FROM_BITS.items()},
    **{name: _with_immediates(name, make) for name, make in WITH_IMMEDIATES.items()},
}
