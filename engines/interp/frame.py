"""What running code is made of: frames, and operations on them.

A frame (standard, "Execution / Activation Frames") is one list: the activation that the call belongs to, then
the parameters and locals, and above them the operand stack, which grows and shrinks at the end. ``frame[0]``
is the activation, ``frame[1 + x]`` the local x, ``frame[-1]`` the topmost operand.

An operation is the closure that an instruction became: it takes the frame, changes it, and gives back None,
or, if it branches, the number of labels that the branch still has to leave: 0 is the innermost around it. A
return is a branch to the outermost label, the function's. A tail call is a branch one further out: it leaves
the frame of the function, its callee lying on top of the operands.

Numbers are held as `engines.wasm.numerics.representation` says, references as `engines.wasm.store`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, TypeAlias

Frame: TypeAlias = list[Any]
Operation: TypeAlias = Callable[[Frame], "int | None"]
Body: TypeAlias = tuple[Operation, ...]
"""What a sequence of instructions became."""


def top(count: int) -> slice:
    """The topmost `count` operands; of none, the empty end where operands can be put."""
    return slice(-count, None) if count else slice(sys.maxsize, None)
