"""Calls, and how a function is entered and left.

Where values travel is in `engines.compiler.signature`. A function that makes tail calls, or is the target of
one in its module, has the universal type: all registers there are, as parameters and as results. LLVM wants
the type of a tail call to be its caller's; as nothing travels on the stack, a call by the type of the
function and a call by the universal type are the same to the processor.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engines.compiler.layout import (
    INTEGER_REGISTERS,
    VECTOR_REGISTERS,
    FunctionRecord,
)
from engines.compiler.signature import UNIVERSAL_RESULT, Place, llvm_type, signature
from engines.compiler.translate import exceptions
from engines.compiler.translate.function import INVARIANT, Function
from engines.compiler.translate.tables import ENTRY, entry
from engines.compiler.types import supertypes
from harness.engine import TrapKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.standard.types import FuncType

TAIL_CALLS = frozenset({"return_call", "return_call_indirect", "return_call_ref"})
_VECTOR = "<2 x i64>"
_LANES = {"float": "<4 x float>", "double": "<2 x double>"}


def result_type(type_: FuncType, universal: bool) -> str:
    """What the LLVM function for a type returns."""
    if universal:
        return UNIVERSAL_RESULT
    return llvm_type(type_.results[0]) if type_.results else "void"


def parameters(type_: FuncType, universal: bool) -> list[tuple[str, str]]:
    """LLVM types and names of the parameters, without the context."""
    if universal:
        integers = [("i64", f"%i{index}") for index in range(INTEGER_REGISTERS)]
        return integers + [(_VECTOR, f"%x{index}") for index in range(VECTOR_REGISTERS)]
    return [
        (llvm_type(place.type), _register(place))
        for place in signature(type_).params
        if place.where != "context"
    ]


def _register(place: Place) -> str:
    return f"%{'i' if place.where == 'integer' else 'x'}{place.number}"


def receive(function: Function, type_: FuncType, universal: bool) -> list[str]:
    """The values of the parameters, where the function begins."""
    values = []
    for place in signature(type_).params:
        llvm = llvm_type(place.type)
        if place.where == "context":
            values.append(function.define(f"load {llvm}, ptr {function.value_slot(place.number)}"))
        elif universal:
            values.append(_narrow(function, llvm, _register(place)))
        else:
            values.append(_register(place))
    return values


def return_(function: Function, universal: bool) -> None:
    """Return what is on the operand stack."""
    results = signature(function.type).results
    values = function.pop_many(len(results))
    for place, value in list(zip(results, values, strict=True))[1:]:
        function.emit(f"store {llvm_type(place.type)} {value}, ptr {function.value_slot(place.number)}")
    if not universal:
        function.emit(f"ret {llvm_type(results[0].type)} {values[0]}" if results else "ret void")
        return
    packed = "poison"
    if results:
        integer = results[0].where == "integer"
        wide = _widen(function, results[0], values[0])
        type_ = "i64" if integer else _VECTOR
        packed = function.define(
            f"insertvalue {UNIVERSAL_RESULT} poison, {type_} {wide}, {0 if integer else 1}"
        )
    function.emit(f"ret {UNIVERSAL_RESULT} {packed}")


def _widen(function: Function, place: Place, value: str) -> str:
    """A value as its whole register."""
    llvm = llvm_type(place.type)
    if place.where == "integer":
        match llvm:
            case "i32":
                return function.define(f"zext i32 {value} to i64")
            case "ptr":
                return function.define(f"ptrtoint ptr {value} to i64")
        return value
    if llvm == _VECTOR:
        return value
    lanes = _LANES[llvm]
    inserted = function.define(f"insertelement {lanes} poison, {llvm} {value}, i32 0")
    return function.define(f"bitcast {lanes} {inserted} to {_VECTOR}")


def _narrow(function: Function, llvm: str, register: str) -> str:
    """A value out of its register."""
    match llvm:
        case "i64" | "<2 x i64>":
            return register
        case "i32":
            return function.define(f"trunc i64 {register} to i32")
        case "ptr":
            return function.define(f"inttoptr i64 {register} to ptr")
    lanes = _LANES[llvm]
    vector = function.define(f"bitcast {_VECTOR} {register} to {lanes}")
    return function.define(f"extractelement {lanes} {vector}, i32 0")


def _arguments(function: Function, type_: FuncType, universal: bool) -> str:
    """Pop the arguments; those in registers are given as LLVM wants them."""
    places = signature(type_).params
    registers = dict.fromkeys((name for _, name in parameters(type_, universal)), "poison")
    for place, value in zip(places, function.pop_many(len(places)), strict=True):
        llvm = llvm_type(place.type)
        if place.where == "context":
            function.emit(f"store {llvm} {value}, ptr {function.value_slot(place.number)}")
        else:
            registers[_register(place)] = _widen(function, place, value) if universal else value
    types = [llvm for llvm, _ in parameters(type_, universal)]
    values = [f"{llvm} {value}" for llvm, value in zip(types, registers.values(), strict=True)]
    return ", ".join(["ptr swiftself %context", *values])


def _results(function: Function, type_: FuncType, universal: bool, first: str) -> None:
    """Push the results of a call; `first` is what LLVM's call returned."""
    for place in signature(type_).results:
        llvm = llvm_type(place.type)
        if place.where == "context":
            value = function.define(f"load {llvm}, ptr {function.value_slot(place.number)}")
        elif universal:
            position, _wide = (0, "i64") if place.where == "integer" else (1, _VECTOR)
            register = function.define(f"extractvalue {UNIVERSAL_RESULT} {first}, {position}")
            value = _narrow(function, llvm, register)
        else:
            value = first
        function.push(llvm, value)


def call(function: Function, type_: FuncType, target: str, universal: bool = False) -> None:
    """Call `target` with arguments from the operand stack."""
    function.sizes.clear()
    if function.tries:
        target = exceptions.guard(function, target)
    arguments = _arguments(function, type_, universal)
    result = result_type(type_, universal)
    if result == "void":
        function.emit(f"call void {target}({arguments}) #0")
        first = ""
    else:
        first = function.define(f"call {result} {target}({arguments}) #0")
    if function.tries:
        exceptions.come_back(function)
    _results(function, type_, universal, first)


def tail_call(function: Function, type_: FuncType, target: str) -> None:
    """Call `target` in place of the running function."""
    arguments = _arguments(function, type_, universal=True)
    result = function.define(f"musttail call {UNIVERSAL_RESULT} {target}({arguments}) #0")
    function.emit(f"ret {UNIVERSAL_RESULT} {result}")
    function.dead = True


def _callee(function: Function, index: int) -> tuple[FuncType, str, bool]:
    """Type of a function, where it is, and whether its LLVM type is the universal one."""
    module = function.module
    type_ = module.function_type(index)
    if index >= module.layout.imported_functions:
        return type_, f"@f{index}", index in module.universal
    return type_, _code(function, _import(function, index)), False


def _import(function: Function, index: int) -> str:
    """A reference to an imported function."""
    return function.define(f"load ptr, ptr {function.module.place('import', index)}, {INVARIANT}")


def _call(function: Function, index: int) -> None:
    call(function, *_callee(function, index))


def _return_call(function: Function, index: int) -> None:
    type_, target, _ = _callee(function, index)
    tail_call(function, type_, target)


def _element(function: Function, type_index: int, table: int) -> tuple[FuncType, str]:
    """Pop an index into a table: the type wanted, and the code of the function there, which is of it."""
    place = entry(function, table, TrapKind.UNDEFINED_ELEMENT)
    reference = function.define(f"load ptr, ptr {place}, {ENTRY}")
    function.trap_if(function.define(f"icmp eq ptr {reference}, null"), TrapKind.UNINITIALIZED_ELEMENT)
    function.trap_if(other_type(function, reference, type_index), TrapKind.INDIRECT_CALL_TYPE)
    return function.module.valid.func_type(type_index), _code(function, reference)


def other_type(function: Function, reference: str, type_index: int) -> str:
    """Whether what a reference points to is a function of another type and no subtype of it, as an i1."""
    type_at = function.define(f"getelementptr i8, ptr {reference}, i64 {FunctionRecord.type.offset}")
    return is_other(function, function.define(f"load ptr, ptr {type_at}, {INVARIANT}"), type_index)


def is_other(function: Function, found: str, type_index: int) -> str:
    """Whether the type with a record is another type and no subtype of it, as an i1."""
    type_ = function.module.valid.types[type_index]
    wanted = function.define(f"load ptr, ptr {function.module.place('type', type_index)}, {INVARIANT}")
    if not type_.final:
        # Its supertype as far down as the wanted one is, or itself, which then is another.
        above = function.define(f"load i64, ptr {found}, {INVARIANT}")
        depth = function.define(f"call i64 @llvm.umin.i64(i64 {above}, i64 {len(supertypes(type_))})")
        at = function.define(f"getelementptr ptr, ptr {found}, i64 {function.define(f'add i64 {depth}, 1')}")
        found = function.define(f"load ptr, ptr {at}, {INVARIANT}")
    return function.define(f"icmp ne ptr {found}, {wanted}")


def _code(function: Function, reference: str) -> str:
    """Where to call what a reference points to; read before each call: a closed instance changes it."""
    return function.define(f"load ptr, ptr {reference}")


def _call_indirect(function: Function, type_index: int, table: int) -> None:
    call(function, *_element(function, type_index, table))


def _return_call_indirect(function: Function, type_index: int, table: int) -> None:
    tail_call(function, *_element(function, type_index, table))


def _code_of(function: Function, type_index: int) -> tuple[FuncType, str]:
    """Pop a reference of a function type: the type, and the code."""
    reference = function.pop()
    function.trap_if(function.define(f"icmp eq ptr {reference}, null"), TrapKind.NULL_FUNCTION)
    return function.module.valid.func_type(type_index), _code(function, reference)


def _call_ref(function: Function, type_index: int) -> None:
    call(function, *_code_of(function, type_index))


def _return_call_ref(function: Function, type_index: int) -> None:
    tail_call(function, *_code_of(function, type_index))


def _ref_func(function: Function, index: int) -> None:
    if index >= function.module.layout.imported_functions:
        function.push("ptr", function.module.place("function", index))
    else:
        function.push("ptr", _import(function, index))


def universal(bodies: Sequence[Sequence[tuple[Any, ...]]], imported: int) -> set[int]:
    """Functions of a module that have the universal type, by their indices."""
    found = set()
    for index, body in enumerate(bodies, imported):
        for row, *immediates in body:
            if row.name in TAIL_CALLS:
                found.add(index)
                if row.name == "return_call":
                    found.add(immediates[0])
    return found


RULES: dict[str, Any] = {
    "call": _call,
    "call_indirect": _call_indirect,
    "return_call": _return_call,
    "return_call_indirect": _return_call_indirect,
    "call_ref": _call_ref,
    "return_call_ref": _return_call_ref,
    "ref.func": _ref_func,
}
