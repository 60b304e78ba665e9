"""Constant expressions (standard, "Validation / Constant Expressions"), evaluated alike for all engines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from engines.wasm.numerics import NUMERICS

if TYPE_CHECKING:
    from collections.abc import Callable

    from engines.wasm.store import ModuleInstance, RuntimeValue
    from harness.standard.syntax import Expr

Rule: TypeAlias = "Callable[..., None]"
"""Takes the stack, the instance and the immediates of the instruction; changes the stack."""


def evaluate(expr: Expr, instance: ModuleInstance) -> RuntimeValue:
    """The value of a valid constant expression; what it refers to in `instance` must be allocated."""
    stack: list[RuntimeValue] = []
    for row, *immediates in expr:
        CONSTANTS[row.name](stack, instance, *immediates)
    (value,) = stack
    return value


def _end(stack: list[RuntimeValue], instance: ModuleInstance) -> None:
    pass


def _const(stack: list[RuntimeValue], instance: ModuleInstance, bits: int) -> None:
    stack.append(bits)


def _ref_null(stack: list[RuntimeValue], instance: ModuleInstance, heap: Any) -> None:
    stack.append(None)


def _ref_func(stack: list[RuntimeValue], instance: ModuleInstance, index: int) -> None:
    stack.append(instance.functions[index])


def _global_get(stack: list[RuntimeValue], instance: ModuleInstance, index: int) -> None:
    stack.append(instance.globals[index].get())


def _binary(name: str) -> Rule:
    operation = NUMERICS[name]

    def rule(stack: list[RuntimeValue], instance: ModuleInstance) -> None:
        right = stack.pop()
        stack.append(operation(stack.pop(), right))

    return rule


CONSTANTS: dict[str, Rule] = {
    "end": _end,
    "ref.null": _ref_null,
    "ref.func": _ref_func,
    "global.get": _global_get,
    **{f"{type_}.const": _const for type_ in ("i32", "i64", "f32", "f64", "v128")},
    **{
        f"{type_}.{name}": _binary(f"{type_}.{name}")
        for type_ in ("i32", "i64")
        for name in ("add", "sub", "mul")
    },
}
"""The rule of every constant instruction, by name."""
