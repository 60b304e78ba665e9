"""What every instruction does (standard, "Execution / Instructions").

`OPERATIONS` holds the operations of instructions that depend on nothing but the frame; `MAKERS` the functions
that make an operation for a place in a function: they take the `Scope` of that place and the immediates. The
structured instructions, which have bodies, are the translator's (`engines.interp.translation`).
"""

from __future__ import annotations

from engines.interp.instructions import (
    aggregate,
    atomic,
    control,
    memory,
    numeric,
    parametric,
    reference,
    table,
    variable,
    vector,
)

OPERATIONS = {
    **aggregate.OPERATIONS,
    **control.OPERATIONS,
    **numeric.OPERATIONS,
    **parametric.OPERATIONS,
    **reference.OPERATIONS,
}
MAKERS = {
    **aggregate.MAKERS,
    **atomic.MAKERS,
    **control.MAKERS,
    **memory.MAKERS,
    **numeric.MAKERS,
    **parametric.MAKERS,
    **reference.MAKERS,
    **table.MAKERS,
    **variable.MAKERS,
    **vector.MAKERS,
}
