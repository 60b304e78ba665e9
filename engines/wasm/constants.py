"""Constant expressions (standard, "Validation / Constant Expressions"), evaluated alike for all engines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from engines.wasm.numerics import NUMERICS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from engines.wasm.store import Backend, ModuleInstance, RuntimeValue
    from harness.standard.syntax import Expr
    from harness.standard.types import FieldType

Stack: TypeAlias = "list[RuntimeValue]"


class Site(NamedTuple):
    """Where an expression is evaluated."""

    instance: ModuleInstance
    """What the expression refers to must be allocated."""
    backend: Backend
    """It allocates structs and arrays."""


Rule: TypeAlias = "Callable[..., None]"
"""Takes the stack, the site and the immediates of the instruction; changes the stack."""


def evaluate(expr: Expr, site: Site) -> RuntimeValue:
    """The value of a valid constant expression."""
    stack: Stack = []
    for row, *immediates in expr:
        CONSTANTS[row.name](stack, site, *immediates)
    (value,) = stack
    return value


def _nothing(stack: Stack, site: Site) -> None:
    pass


def _const(stack: Stack, site: Site, bits: int) -> None:
    stack.append(bits)


def _ref_null(stack: Stack, site: Site, heap: Any) -> None:
    stack.append(None)


def _ref_func(stack: Stack, site: Site, index: int) -> None:
    stack.append(site.instance.functions[index])


def _global_get(stack: Stack, site: Site, index: int) -> None:
    stack.append(site.instance.globals[index].get())


def _binary(name: str) -> Rule:
    operation = NUMERICS[name]

    def rule(stack: Stack, site: Site) -> None:
        right = stack.pop()
        stack.append(operation(stack.pop(), right))

    return rule


def _ref_i31(stack: Stack, site: Site) -> None:
    stack.append(stack.pop() & 0x7FFF_FFFF)


def _pop(stack: Stack, count: int) -> Sequence[RuntimeValue]:
    """The topmost values, the topmost last."""
    start = len(stack) - count
    values = stack[start:]
    del stack[start:]
    return values


def _struct_new(stack: Stack, site: Site, index: int) -> None:
    fields = site.instance.module.struct_type(index).fields
    stack.append(site.backend.struct(site.instance.module.types[index], _pop(stack, len(fields))))


def _struct_new_default(stack: Stack, site: Site, index: int) -> None:
    fields = site.instance.module.struct_type(index).fields
    stack.append(
        site.backend.struct(site.instance.module.types[index], [_default(field) for field in fields])
    )


def _array_new(stack: Stack, site: Site, index: int) -> None:
    length = stack.pop()
    stack.append(site.backend.array(site.instance.module.types[index], [stack.pop()], length))


def _array_new_default(stack: Stack, site: Site, index: int) -> None:
    element = _default(site.instance.module.array_type(index).element)
    stack.append(site.backend.array(site.instance.module.types[index], [element], stack.pop()))


def _array_new_fixed(stack: Stack, site: Site, index: int, length: int) -> None:
    stack.append(site.backend.array(site.instance.module.types[index], _pop(stack, length)))


def _default(field: FieldType) -> RuntimeValue:
    return 0 if isinstance(field.storage, str) else None


CONSTANTS: dict[str, Rule] = {
    "end": _nothing,
    "ref.null": _ref_null,
    "ref.func": _ref_func,
    "global.get": _global_get,
    "ref.i31": _ref_i31,
    "struct.new": _struct_new,
    "struct.new_default": _struct_new_default,
    "array.new": _array_new,
    "array.new_default": _array_new_default,
    "array.new_fixed": _array_new_fixed,
    "any.convert_extern": _nothing,
    "extern.convert_any": _nothing,
    **{f"{type_}.const": _const for type_ in ("i32", "i64", "f32", "f64", "v128")},
    **{
        f"{type_}.{name}": _binary(f"{type_}.{name}")
        for type_ in ("i32", "i64")
        for name in ("add", "sub", "mul")
    },
}
"""The rule of every constant instruction, by name."""
