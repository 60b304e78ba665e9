"""Every instruction the compiler knows, and what translates it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engines.compiler.signature import llvm_type
from engines.compiler.translate import (
    aggregates,
    atomics,
    calls,
    casts,
    control,
    exceptions,
    lanes,
    memory,
    numeric,
    tables,
    variables,
    vectors,
    wide,
)
from engines.compiler.translate.trapping import TRAPPING
from harness.standard.instructions import INSTRUCTIONS, Instruction

if TYPE_CHECKING:
    from collections.abc import Callable

    from engines.compiler.translate.function import Function

TEMPLATES = numeric.TEMPLATES | vectors.TEMPLATES
COMPARISONS = numeric.COMPARISONS | vectors.COMPARISONS


def _numeric(row: Instruction) -> Callable[[Function], None]:
    assert row.params is not None
    assert row.results is not None
    template = TEMPLATES[row.name]
    count, result, compares = len(row.params), llvm_type(row.results[0]), row.name in COMPARISONS

    def rule(function: Function) -> None:
        operands = function.pop_many(count)
        name = function.fresh()
        function.lines.append(template.format(*operands, r=name))
        if compares:
            function.booleans.add(name)
        function.push(result, name)

    return rule


def _trapping(row: Instruction) -> Callable[[Function], None]:
    assert row.params is not None
    assert row.results is not None
    checks, template = TRAPPING[row.name]
    count, result = len(row.params), llvm_type(row.results[0])

    def rule(function: Function) -> None:
        operands = function.pop_many(count)
        for check in checks:
            condition = function.fresh()
            function.lines.append(check.test.format(*operands, r=condition))
            function.trap_if(condition, check.kind)
        name = function.fresh()
        function.lines.append(template.format(*operands, r=name))
        function.push(result, name)

    return rule


_BY_NAME: dict[str, Any] = {
    **{name: _numeric(row) for name, row in INSTRUCTIONS.items() if name in TEMPLATES},
    **{name: _trapping(row) for name, row in INSTRUCTIONS.items() if name in TRAPPING},
    **control.RULES,
    **exceptions.RULES,
    **variables.RULES,
    **memory.RULES,
    **lanes.RULES,
    **tables.RULES,
    **calls.RULES,
    **aggregates.RULES,
    **casts.RULES,
    **atomics.RULES,
    **wide.RULES,
}

RULES: dict[Instruction, Callable[..., None]] = {INSTRUCTIONS[name]: rule for name, rule in _BY_NAME.items()}
"""By instruction: takes the function under translation and the immediates."""
