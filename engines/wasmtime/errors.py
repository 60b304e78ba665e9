"""What wasmtime says went wrong -> the errors of the engine interface."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from wasmtime import TrapCode

from harness.engine import EngineError, Exhausted, Invalid, Malformed, Trap, TrapKind, Unlinkable

if TYPE_CHECKING:
    from collections.abc import Callable

    from wasmtime import Trap as WasmtimeTrap
    from wasmtime import WasmtimeError

_KINDS = {
    TrapCode.UNREACHABLE: TrapKind.UNREACHABLE,
    TrapCode.INTEGER_DIVISION_BY_ZERO: TrapKind.DIVIDE_BY_ZERO,
    TrapCode.INTEGER_OVERFLOW: TrapKind.INTEGER_OVERFLOW,
    TrapCode.BAD_CONVERSION_TO_INTEGER: TrapKind.INVALID_CONVERSION,
    TrapCode.MEMORY_OUT_OF_BOUNDS: TrapKind.MEMORY_BOUNDS,
    TrapCode.TABLE_OUT_OF_BOUNDS: TrapKind.TABLE_BOUNDS,
    TrapCode.ARRAY_OUT_OF_BOUNDS: TrapKind.ARRAY_BOUNDS,
    TrapCode.INDIRECT_CALL_TO_NULL: TrapKind.UNINITIALIZED_ELEMENT,
    TrapCode.BAD_SIGNATURE: TrapKind.INDIRECT_CALL_TYPE,
    TrapCode.NULL_REFERENCE: TrapKind.NULL_REFERENCE,
    TrapCode.CAST_FAILURE: TrapKind.CAST_FAILURE,
    TrapCode.HEAP_MISALIGNED: TrapKind.UNALIGNED_ATOMIC,
    TrapCode.ATOMIC_WAIT_NON_SHARED_MEMORY: TrapKind.EXPECTED_SHARED_MEMORY,
    TrapCode.ALLOCATION_TOO_LARGE: TrapKind.ALLOCATION,
}


_AT_INSTRUCTION = {
    # Where wasmtime has one code and the standard several traps, the instruction tells which it is.
    TrapCode.TABLE_OUT_OF_BOUNDS: {
        "call_indirect": TrapKind.UNDEFINED_ELEMENT,
        "return_call_indirect": TrapKind.UNDEFINED_ELEMENT,
    },
    TrapCode.NULL_REFERENCE: {
        "call_ref": TrapKind.NULL_FUNCTION,
        "return_call_ref": TrapKind.NULL_FUNCTION,
        "throw_ref": TrapKind.NULL_EXCEPTION,
        "struct": TrapKind.NULL_STRUCTURE,
        "array": TrapKind.NULL_ARRAY,
        "i31": TrapKind.NULL_I31,
    },
}
"""Code -> name of an instruction, or what stands before the dot in it -> kind."""

_MALFORMED = re.compile(
    "unexpected end|magic header|unknown binary version|malformed|illegal opcode|invalid leading byte"
    "|invalid var_|invalid memory limits flags|invalid table resizable limits flags|section|expected section"
    "|data count|function section|function and code section|control frames remain|too many locals"
)


def of_compilation(error: WasmtimeError) -> EngineError:
    """`Malformed` or `Invalid`: wasmtime makes no difference, but its words do."""
    cause = _cause(error)
    return Malformed(cause) if _MALFORMED.match(cause) else Invalid(cause)


def of_linking(error: WasmtimeError) -> Exception:
    """`Unlinkable`; the error itself if it is about something else."""
    message = " ".join(str(error).split())
    return Unlinkable(message) if message.startswith("incompatible import type") else error


def of_trap(trap: WasmtimeTrap, instruction: Callable[[], str]) -> Exception:
    """`Trap` or `Exhausted`; the trap itself if its code is none of the standard's.

    `instruction` names the one that trapped.
    """
    code = trap.trap_code
    if code is TrapCode.STACK_OVERFLOW:
        return Exhausted()
    if code not in _KINDS:
        return trap
    finer = _AT_INSTRUCTION.get(code)
    if finer is None:
        return Trap(_KINDS[code])
    name = instruction()
    return Trap(finer.get(name) or finer.get(name.partition(".")[0]) or _KINDS[code])


def _cause(error: WasmtimeError) -> str:
    """What lies at the bottom of it: either all that follows "Caused by", or the last of a numbered list."""
    text = str(error).rpartition("Caused by:")[2]
    last = re.split(r"^\s+\d+: ", text, flags=re.MULTILINE)[-1]
    return " ".join(re.sub(r"^Invalid input WebAssembly code at offset \d+: ", "", last).split())
