"""Validating types (standard, "Validation / Types")."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engines.wasm.deftypes import DefType, matches_comp, roll
from engines.wasm.validation.context import Where
from harness.engine import Invalid, Unsupported
from harness.polling import polled
from harness.standard import limits
from harness.standard.types import I32, FuncType, StructType

if TYPE_CHECKING:
    from engines.wasm.validation.context import ValidModule
    from harness.polling import Poll
    from harness.standard.types import Limits, MemType, RecType, TableType

PAGE = 65536
"""The size of a page in bytes, where no other is chosen."""


def validate_types(types: list[RecType], features: frozenset[str], poll: Poll) -> list[DefType]:
    """The defined types of a module."""
    if sum(map(len, types)) > limits.TYPES:
        raise Unsupported(f"more than {limits.TYPES} types")
    if "gc" not in features:
        _no_recursion(types)
    defined = roll(types)
    seen = set()
    for index, type_ in enumerate(polled(defined, poll)):
        if type_ not in seen:
            seen.add(type_)
            with Where("type", index):
                _validate_type(type_, features)
    return defined


def _validate_type(type_: DefType, features: frozenset[str]) -> None:
    comp = type_.comp
    if len(type_.supertypes) > 1:
        raise Invalid("sub type with more than one supertype")
    for above in type_.supertypes:
        if above.final:
            raise Invalid("sub type does not match super type: that is final")
        if not matches_comp(comp, above.comp):
            raise Invalid(f"sub type does not match super type {above}")
    if isinstance(comp, FuncType):
        if len(comp.results) > 1 and "multi-value" not in features:
            raise Invalid("invalid result arity: several results need the feature multi-value")
        _check_limit(len(comp.params), limits.PARAMS, "parameters")
        _check_limit(len(comp.results), limits.RESULTS, "results")
    elif isinstance(comp, StructType):
        _check_limit(len(comp.fields), limits.FIELDS, "fields")


def _no_recursion(types: list[RecType]) -> None:
    """Before there were recursive types, a type referred to those before it alone."""
    for index, type_ in enumerate(type_ for group in types for type_ in group):
        if isinstance(type_.comp, FuncType) and type_.comp.mentions(index):
            raise Invalid(f"unknown type {index}: a type that refers to itself needs the feature gc")


def _check_limit(count: int, limit: int, what: str) -> None:
    if count > limit:
        raise Unsupported(f"{count} {what}, the limit is {limit}")


def validate_memory(type_: MemType) -> None:
    """A memory type."""
    if type_.page not in (1, PAGE):
        raise Invalid(f"invalid custom page size {type_.page}")
    bits = 32 if type_.limits.address == I32 else 64
    # All of the address space, but that the last page of one byte would make its size too large a number.
    most = (1 << bits) // type_.page if type_.page > 1 else (1 << bits) - 1
    _validate_limits(type_.limits, most, f"memory size must be at most {most} pages")
    if type_.shared and type_.limits.max is None:
        raise Invalid("shared memory must have maximum")


def validate_table(context: ValidModule, type_: TableType) -> TableType:
    """A table type, closed."""
    most = 0xFFFF_FFFF if type_.limits.address == I32 else 0xFFFF_FFFF_FFFF_FFFF
    _validate_limits(type_.limits, most, f"table size must be at most {most}")
    return type_._replace(ref=context.close_ref(type_.ref))


def _validate_limits(limits_: Limits, most: int, message: str) -> None:
    if limits_.min > most or (limits_.max is not None and limits_.max > most):
        raise Invalid(message)
    if limits_.max is not None and limits_.min > limits_.max:
        raise Invalid("size minimum must not be greater than maximum")
