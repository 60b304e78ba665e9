from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import pytest

from engines.wasm.numerics import FROM_BITS, NUMERICS, TO_BITS
from harness.engine import Trap, TrapKind
from harness.standard.instructions import INSTRUCTIONS

if TYPE_CHECKING:
    from collections.abc import Callable

Result: TypeAlias = "tuple[int, ...] | TrapKind"


@pytest.fixture(scope="session")
def calculate() -> Callable[..., Result]:
    """What an instruction makes of the bits of its operands: bits again, or the kind of its trap."""

    def calculate(name: str, *operands: int) -> Result:
        row = INSTRUCTIONS[name]
        assert row.params is not None
        assert row.results is not None
        try:
            result = NUMERICS[name](
                *[FROM_BITS[str(t)](bits) for t, bits in zip(row.params, operands, strict=True)]
            )
        except Trap as trap:
            return trap.kind
        results = result if isinstance(result, tuple) else (result,)
        bits = tuple([TO_BITS[str(t)](value) for t, value in zip(row.results, results, strict=True)])
        for type_, value, same in zip(row.results, results, bits, strict=True):
            # no other value stands for these bits
            assert repr(value) == repr(FROM_BITS[str(type_)](same))
        return bits

    return calculate
