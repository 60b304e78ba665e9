"""What pywasm raises -> the errors of the engine interface.

It asserts, or lets Python complain: what is wrong is told by the instruction at which that happened.
"""

from __future__ import annotations

import re
import traceback
from typing import TYPE_CHECKING

from pywasm import opcode

from harness.engine import EngineError, Exhausted, Trap, TrapKind

if TYPE_CHECKING:
    from pywasm import core

_FRAMES = 1024
"""Calls that pywasm has room for."""
_NAMES = {number: name for name, number in vars(opcode).items() if isinstance(number, int)}
_KINDS = (
    ("unreachable", TrapKind.UNREACHABLE),
    (r"\w+_(load|store)\w*|memory_(fill|copy|init)", TrapKind.MEMORY_BOUNDS),
    (r"table_(get|set|fill|copy|init)", TrapKind.TABLE_BOUNDS),
    (r"\w+_(div|rem)_\w+", TrapKind.INTEGER_OVERFLOW),
    (r"i\w+_trunc_\w+", TrapKind.INTEGER_OVERFLOW),
)
"""Names of instructions, and the trap that an error at them stands for if nothing tells it better."""


def of_execution(error: Exception, machine: core.Machine) -> Exception:
    """`Trap` or `Exhausted`; what the host raised, and what is none of the standard's, stays as it is."""
    if isinstance(error, EngineError):
        return error
    name = _instruction(machine)
    if name.startswith("call") and len(machine.stack.frame) >= _FRAMES:
        return Exhausted()
    if isinstance(error, ZeroDivisionError):
        return Trap(TrapKind.DIVIDE_BY_ZERO)
    if isinstance(error, ValueError) and "_trunc_" in name:  # of a NaN
        return Trap(TrapKind.INVALID_CONVERSION)
    if name == "call_indirect":
        return Trap(_of_indirect_call(error))
    kind = next((kind for pattern, kind in _KINDS if re.fullmatch(pattern, name)), None)
    return error if kind is None else Trap(kind)


def _instruction(machine: core.Machine) -> str:
    """The name of the one that runs; empty if none does."""
    if not machine.stack.label:
        return ""
    label = machine.stack.label[-1]
    return _NAMES.get(label.instr[label.index - 1].opcode, "") if label.index else ""


def _of_indirect_call(error: Exception) -> TrapKind:
    if isinstance(error, IndexError):
        return TrapKind.UNDEFINED_ELEMENT
    innermost = traceback.extract_tb(error.__traceback__)[-1].name
    return TrapKind.UNINITIALIZED_ELEMENT if innermost == "into_ref" else TrapKind.INDIRECT_CALL_TYPE
