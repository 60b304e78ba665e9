"""Rules of structs and arrays (standard, "Validation / Instructions / Aggregate Reference Instructions")."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import TYPE_CHECKING

from engines.wasm.deftypes import matches
from engines.wasm.validation.machine import defaultable
from harness.engine import Invalid, Unsupported
from harness.standard import limits
from harness.standard.types import I32, PACKED_TYPES, RefType, StructType

if TYPE_CHECKING:
    from engines.wasm.deftypes import DefType
    from engines.wasm.validation.machine import Machine, Rule
    from harness.standard.types import FieldType, ResultType, StorageType, ValType


def _unpacked(storage: StorageType) -> ValType:
    return I32 if storage in PACKED_TYPES else storage


def _ref(machine: Machine, type_: int, *, nullable: bool = True) -> RefType:
    return RefType(nullable, machine.context.type(type_))


@lru_cache(maxsize=64)
def _operands(struct: DefType) -> ResultType:
    """The types of the fields, as operands: there may be many, for an instruction of three bytes."""
    assert isinstance(struct.comp, StructType)
    return tuple([_unpacked(field.storage) for field in struct.comp.fields])


@lru_cache(maxsize=64)
def _has_default(struct: DefType) -> bool:
    return all(map(defaultable, _operands(struct)))


def _check_mutable(field: FieldType, what: str) -> None:
    if not field.mutable:
        raise Invalid(f"immutable {what}")


def _check_extension(field: FieldType, extension: str | None) -> None:
    if (field.storage in PACKED_TYPES) != (extension is not None):
        raise Invalid("type mismatch: packed fields, and only these, are read with sign or zero extension")


def _struct_new(machine: Machine, type_: int) -> None:
    machine.context.struct_type(type_)
    machine.apply(_operands(machine.context.types[type_]), (_ref(machine, type_, nullable=False),))


def _struct_new_default(machine: Machine, type_: int) -> None:
    machine.context.struct_type(type_)
    if not _has_default(machine.context.types[type_]):
        raise Invalid("type mismatch: a field has no default value")
    machine.push(_ref(machine, type_, nullable=False))


def _field(machine: Machine, type_: int, index: int) -> FieldType:
    fields = machine.context.struct_type(type_).fields
    if index >= len(fields):
        raise Invalid(f"unknown field {index}")
    return fields[index]


def _struct_get(machine: Machine, type_: int, index: int, *, extension: str | None) -> None:
    field = _field(machine, type_, index)
    _check_extension(field, extension)
    machine.apply((_ref(machine, type_),), (_unpacked(field.storage),))


def _struct_set(machine: Machine, type_: int, index: int) -> None:
    field = _field(machine, type_, index)
    _check_mutable(field, "field")
    machine.apply((_ref(machine, type_), _unpacked(field.storage)), ())


def _element(machine: Machine, type_: int) -> FieldType:
    return machine.context.array_type(type_).element


def _mutable_element(machine: Machine, type_: int) -> FieldType:
    element = _element(machine, type_)
    _check_mutable(element, "array")
    return element


def _numeric(element: FieldType) -> None:
    if isinstance(element.storage, RefType):
        raise Invalid("array type is not numeric or vector")


def _array_new(machine: Machine, type_: int) -> None:
    storage = _element(machine, type_).storage
    machine.apply((_unpacked(storage), I32), (_ref(machine, type_, nullable=False),))


def _array_new_default(machine: Machine, type_: int) -> None:
    if not defaultable(_element(machine, type_).storage):
        raise Invalid("type mismatch: the elements have no default value")
    machine.apply((I32,), (_ref(machine, type_, nullable=False),))


def _array_new_fixed(machine: Machine, type_: int, length: int) -> None:
    if length > limits.ARRAY_NEW_FIXED:
        raise Unsupported(f"array.new_fixed of {length} elements, the limit is {limits.ARRAY_NEW_FIXED}")
    storage = _element(machine, type_).storage
    machine.apply((_unpacked(storage),) * length, (_ref(machine, type_, nullable=False),))


def _array_new_data(machine: Machine, type_: int, data: int) -> None:
    _numeric(_element(machine, type_))
    machine.context.data(data)
    machine.apply((I32, I32), (_ref(machine, type_, nullable=False),))


def _check_elements(machine: Machine, element: FieldType, elem: int) -> None:
    if not matches(machine.context.elem(elem), element.storage):
        raise Invalid(f"type mismatch: the elem segment {elem} does not fit the array")


def _array_new_elem(machine: Machine, type_: int, elem: int) -> None:
    _check_elements(machine, _element(machine, type_), elem)
    machine.apply((I32, I32), (_ref(machine, type_, nullable=False),))


def _array_get(machine: Machine, type_: int, *, extension: str | None) -> None:
    element = _element(machine, type_)
    _check_extension(element, extension)
    machine.apply((_ref(machine, type_), I32), (_unpacked(element.storage),))


def _array_set(machine: Machine, type_: int) -> None:
    element = _mutable_element(machine, type_)
    machine.apply((_ref(machine, type_), I32, _unpacked(element.storage)), ())


def _array_fill(machine: Machine, type_: int) -> None:
    element = _mutable_element(machine, type_)
    machine.apply((_ref(machine, type_), I32, _unpacked(element.storage), I32), ())


def _array_copy(machine: Machine, to: int, from_: int) -> None:
    target, source = _mutable_element(machine, to), _element(machine, from_)
    if not matches(source.storage, target.storage):
        raise Invalid(f"array types do not match: {source.storage} into {target.storage}")
    machine.apply((_ref(machine, to), I32, _ref(machine, from_), I32, I32), ())


def _array_init_data(machine: Machine, type_: int, data: int) -> None:
    _numeric(_mutable_element(machine, type_))
    machine.context.data(data)
    machine.apply((_ref(machine, type_), I32, I32, I32), ())


def _array_init_elem(machine: Machine, type_: int, elem: int) -> None:
    _check_elements(machine, _mutable_element(machine, type_), elem)
    machine.apply((_ref(machine, type_), I32, I32, I32), ())


RULES: dict[str, Rule] = {
    "struct.new": _struct_new,
    "struct.new_default": _struct_new_default,
    "struct.get": partial(_struct_get, extension=None),
    "struct.get_s": partial(_struct_get, extension="sign"),
    "struct.get_u": partial(_struct_get, extension="zero"),
    "struct.set": _struct_set,
    "array.new": _array_new,
    "array.new_default": _array_new_default,
    "array.new_fixed": _array_new_fixed,
    "array.new_data": _array_new_data,
    "array.new_elem": _array_new_elem,
    "array.get": partial(_array_get, extension=None),
    "array.get_s": partial(_array_get, extension="sign"),
    "array.get_u": partial(_array_get, extension="zero"),
    "array.set": _array_set,
    "array.fill": _array_fill,
    "array.copy": _array_copy,
    "array.init_data": _array_init_data,
    "array.init_elem": _array_init_elem,
}
