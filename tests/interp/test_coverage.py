"""The interpreter knows every instruction of the features that it offers."""

from __future__ import annotations

from engines.interp import Interp
from engines.interp.instructions import MAKERS, OPERATIONS
from engines.interp.translation import STRUCTURED
from harness.standard.instructions import INSTRUCTIONS

MARKS = {"else", "end"}
"""They delimit bodies, and are no operations."""


def test_every_instruction_in_scope_is_there_exactly_once() -> None:
    offered = {row.name for row in INSTRUCTIONS.values() if row.feature in Interp.capabilities.features}
    known = [*MARKS, *MAKERS, *OPERATIONS, *STRUCTURED]
    assert len(known) == len(set(known))
    assert offered <= set(known)
    assert set(known) <= set(INSTRUCTIONS)
