"""Validating bodies and constant expressions (standard, "Validation / Instructions / Expressions")."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engines.wasm.validation import aggregates, control, fixed, tables, variables
from engines.wasm.validation.machine import Machine
from harness.engine import Invalid, Unsupported
from harness.polling import never, polled
from harness.standard.instructions import INSTRUCTIONS, Instruction
from harness.standard.types import FuncType

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from engines.wasm.validation.context import ValidModule
    from engines.wasm.validation.machine import Rule
    from harness.polling import Poll
    from harness.standard.syntax import Expr, Func
    from harness.standard.types import GlobalType, ValType

RULES: dict[Instruction, Rule] = {
    INSTRUCTIONS[name]: rule
    for rules in (control.RULES, variables.RULES, aggregates.RULES, tables.RULES, fixed.RULES)
    for name, rule in rules.items()
}
"""The rule of every instruction but those in `PLAIN`."""
PLAIN = {
    row: (list(params), list(results), -len(params), params) for row, (params, results) in fixed.PLAIN.items()
}
"""Of an instruction whose type is all there is: parameters and results, as lists because they are compared
with parts of the stack; minus the number of parameters; and the parameters once more."""


def validate_function(context: ValidModule, func: Func, poll: Poll) -> None:
    """Validate a function of the module's own."""
    locals_ = [context.close(local) for local in func.locals]
    machine = Machine(context, context.func_type(func.type), locals_, context.globals)
    _run(machine, func.body, func.offsets, poll)


def _run(machine: Machine, expr: Expr, offsets: Sequence[int], poll: Poll = never) -> None:
    """Validate instructions; errors name the one they are about, with its offset in the binary if known."""
    stack, frames = machine.stack, machine.frames
    plain, rules = PLAIN, RULES
    position = -1
    try:
        for position, instr in enumerate(polled(expr, poll)):  # noqa: B007  it is what errors are located by
            type_ = plain.get(instr[0])
            if type_ is not None:
                params, results, below, types = type_
                if not params:
                    stack += results
                elif stack[below:] == params and len(stack) + below >= machine.height:
                    stack[below:] = results
                else:
                    machine.pop_all(types)
                    stack += results
            else:
                rules[instr[0]](machine, *instr[1:])
                if not frames:
                    break
        if frames or position != len(expr) - 1:
            raise Invalid("END opcode expected")
    except (Invalid, Unsupported) as error:
        at = f"at 0x{offsets[position]:x}" if offsets else f"instruction {position}"
        name = expr[position][0].name if expr else "nothing"
        raise type(error)(f"{at}: {name}: {error}") from None


_ARITHMETIC = frozenset(
    INSTRUCTIONS[f"{type_}.{name}"] for type_ in ("i32", "i64") for name in ("add", "sub", "mul")
)
_CONSTANT = _ARITHMETIC | frozenset(
    INSTRUCTIONS[name]
    for name in (
        "end", "i32.const", "i64.const", "f32.const", "f64.const", "v128.const", "global.get",
        "ref.null", "ref.func", "ref.i31", "any.convert_extern", "extern.convert_any",
        "struct.new", "struct.new_default", "array.new", "array.new_default", "array.new_fixed",
    )
)  # fmt: skip
_CONSTS = {INSTRUCTIONS[f"{type_}.const"]: type_ for type_ in ("i32", "i64", "f32", "f64", "v128")}
"""By instruction: the type of what it pushes."""
_GLOBAL_GET, _REF_FUNC = INSTRUCTIONS["global.get"], INSTRUCTIONS["ref.func"]


def validate_constant(
    context: ValidModule, expr: Expr, type_: ValType, globals_: Sequence[GlobalType]
) -> None:
    """Validate a constant expression (standard, "Validation / Instructions / Constant Expressions").

    Of the globals, only the first ones, `globals_`, may be used.
    """
    if len(expr) == 2 and _CONSTS.get(expr[0][0]) == type_:  # most are, and segments are many
        return
    for instr in expr:
        row = instr[0]
        if (
            row not in _CONSTANT
            or (row in _ARITHMETIC and "extended-const" not in context.features)
            or (row is _GLOBAL_GET and instr[1] < len(globals_) and globals_[instr[1]].mutable)
        ):
            raise Invalid(f"constant expression required, found {row.name}")
    _run(Machine(context, FuncType((), (type_,)), (), globals_), expr, ())


def function_references(exprs: Iterable[Expr]) -> set[int]:
    """The functions that constant expressions refer to."""
    return {instr[1] for expr in exprs for instr in expr if instr[0] is _REF_FUNC}
