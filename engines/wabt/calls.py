"""A module whose exports are the calls that are to be made, in their order, with the arguments in them.

``wasm-interp`` calls exports without parameters in their order, goes on after a trap, and prints integers; so
floats are handed out as the integers that have their bits.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from harness.engine import Unsupported, Value
from harness.standard.binary.writer import write
from harness.standard.instructions import INSTRUCTIONS
from harness.standard.syntax import Elem, Export, Func
from harness.standard.types import F32, F64, FUNCREF, I32, I64, V128, FuncType, RefType, SubType

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.standard.syntax import Expr, Module
    from harness.standard.types import ValType

_PRINTED: dict[ValType, ValType] = {F32: I32, F64: I64}
"""What a float is handed out as."""
_VALUE = re.compile(r"(?P<kind>\w+):(?P<bits>\d+)|v128 i32x4:(?P<lanes>0x\w+ 0x\w+ 0x\w+ 0x\w+)")


class Call(NamedTuple):
    """A call of an exported function, or a look at an exported global."""

    export: str
    args: tuple[Value, ...] = ()
    kind: Literal["func", "global"] = "func"


class Put(NamedTuple):
    """Setting an exported global."""

    export: str
    value: Value


Step: TypeAlias = Call | Put


@dataclass(frozen=True)
class Program:
    """What is to be run."""

    binary: bytes
    types: Sequence[ValType]
    """Of what the last step returns."""

    def results(self, words: str) -> list[Value]:
        """What has been printed, as values."""
        found = list(_VALUE.finditer(words))
        return [_value(type_, match) for type_, match in zip(self.types, found, strict=True)]


def program(module: Module, steps: Sequence[Step]) -> Program:
    """Make a module that takes these steps.

    Raises KeyError for an export that is not there, ValueError for wrong arguments, `Unsupported`.
    """
    types, funcs, exports = list(module.types), list(module.funcs), []
    results: Sequence[ValType] = ()
    for number, step in enumerate(steps):
        body, results = _step(module, step)
        printed = tuple(_PRINTED.get(type_, type_) for type_ in results)
        types.append((SubType(True, (), FuncType((), printed)),))
        exports.append(Export(f"call{number}", "func", len(funcs)))
        index = sum(len(group) for group in types) - 1
        funcs.append(Func(index, list(results), [*body, *_hand_out(results), (INSTRUCTIONS["end"],)]))
    elems = [*module.elems, *_declared(module)]
    made = replace(module, types=types, funcs=funcs, exports=exports, elems=elems)
    return Program(write(made), results)


def keeps_state(module: Module) -> bool:
    """Whether steps can leave something behind for later ones."""
    changes = module.memories or module.tables or any(entry.type.mutable for entry in module.globals)
    return bool(changes)


def _declared(module: Module) -> list[Elem]:
    """A segment for what `ref.func` may name because it is exported: those exports are gone."""
    ref_func = INSTRUCTIONS["ref.func"]
    if not any(instruction[0] is ref_func for func in module.funcs for instruction in func.body):
        return []
    end = (INSTRUCTIONS["end"],)
    names = [[(ref_func, entry.index), end] for entry in module.exports if entry.kind == "func"]
    return [Elem(RefType(False, "func"), tuple(names), "declarative")]


def _step(module: Module, step: Step) -> tuple[Expr, Sequence[ValType]]:
    kind = step.kind if isinstance(step, Call) else "global"
    index = next(entry.index for entry in _exports(module, kind, step.export))
    if isinstance(step, Put):
        return [_constant(step.value), (INSTRUCTIONS["global.set"], index)], ()
    if kind == "global":
        return [(INSTRUCTIONS["global.get"], index)], (module.globals[index].type.type,)
    type_ = _type(module, index)
    if len(step.args) != len(type_.params):
        raise ValueError(f"{len(step.args)} arguments instead of {len(type_.params)}")
    return [*map(_constant, step.args), (INSTRUCTIONS["call"], index)], type_.results


def _exports(module: Module, kind: str, name: str) -> list[Export]:
    found = [entry for entry in module.exports if entry.kind == kind and entry.name == name]
    if not found:
        raise KeyError(name)
    return found


def _type(module: Module, index: int) -> FuncType:
    found = [sub.comp for group in module.types for sub in group][module.funcs[index].type]
    assert isinstance(found, FuncType)
    return found


def _constant(value: Value) -> tuple[object, ...]:
    if value.type in (I32, I64, F32, F64, V128):
        return (INSTRUCTIONS[f"{value.type}.const"], value.bits)
    if value.bits is not None:
        raise Unsupported("references as arguments: a process has none of another's")
    return (INSTRUCTIONS["ref.null"], value.type)


def _hand_out(results: Sequence[ValType]) -> Expr:
    """Take the results from the stack and put them there again, floats as integers."""
    code: Expr = [(INSTRUCTIONS["local.set"], local) for local in reversed(range(len(results)))]
    for local, type_ in enumerate(results):
        if isinstance(type_, RefType) and type_ not in (FUNCREF, RefType(True, "extern")):
            raise Unsupported(f"results of type {type_}")
        code.append((INSTRUCTIONS["local.get"], local))
        if type_ in _PRINTED:
            code.append((INSTRUCTIONS[f"{_PRINTED[type_]}.reinterpret_{type_}"],))
    return code


def _value(type_: ValType, printed: re.Match[str]) -> Value:
    if printed["lanes"]:
        lanes = [int(lane, 16) for lane in printed["lanes"].split()]
        return Value("v128", sum(lane << 32 * index for index, lane in enumerate(lanes)))
    if isinstance(type_, RefType):
        # its numbers are the process's own; 0 is null
        return Value(type_.heap, None if printed["bits"] == "0" else int(printed["bits"]))
    return Value(type_, int(printed["bits"]))
