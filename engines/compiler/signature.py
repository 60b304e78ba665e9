"""How parameters and results travel: in registers as far as there are some, beyond that in the context.

LLVM 22 miscompiles `musttail` calls that have arguments on the stack, so there are none: integers and
references take `INTEGER_REGISTERS`, floats and vectors `VECTOR_REGISTERS`, in order, and the others the
`values` of the execution context, as do all results but the first. A callee takes them out of there before it
does anything else.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, NamedTuple

from engines.compiler.layout import INTEGER_REGISTERS, MAX_VALUES, VECTOR_REGISTERS
from engines.compiler.translate.numeric import LLVM, REFERENCE
from harness.engine import Unsupported

if TYPE_CHECKING:
    from harness.standard.types import FuncType, ResultType, ValType

VECTORS = ("f32", "f64", "v128")
UNIVERSAL_RESULT = "{ i64, <2 x i64> }"


class Place(NamedTuple):
    """Where a value travels."""

    where: str
    """``integer``, ``vector`` (a register) or ``context``."""
    number: int
    type: ValType


class Signature(NamedTuple):
    """The places of the parameters and results of a function type."""

    params: tuple[Place, ...]
    results: tuple[Place, ...]


def llvm_type(type_: ValType) -> str:
    """The LLVM type of a value type."""
    return LLVM[type_] if isinstance(type_, str) else REFERENCE


@functools.lru_cache(maxsize=4096)
def signature(type_: FuncType) -> Signature:
    """The signature of a function type; raises `Unsupported` if it has too many parameters or results."""
    if max(len(type_.params), len(type_.results)) > MAX_VALUES:
        raise Unsupported(f"more than {MAX_VALUES} parameters or results of a function")
    return Signature(
        _places(type_.params, INTEGER_REGISTERS, VECTOR_REGISTERS),
        _places(type_.results[:1], 1, 1)
        + tuple(Place("context", index, result) for index, result in enumerate(type_.results[1:])),
    )


def _places(types: ResultType, integers: int, vectors: int) -> tuple[Place, ...]:
    left = {"integer": integers, "vector": vectors, "context": len(types)}
    places = []
    taken = dict.fromkeys(left, 0)
    for type_ in types:
        where = "vector" if type_ in VECTORS else "integer"
        if taken[where] == left[where]:
            where = "context"
        places.append(Place(where, taken[where], type_))
        taken[where] += 1
    return tuple(places)
