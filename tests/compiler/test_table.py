"""The rules of the compiler and the table of instructions cover each other."""

from __future__ import annotations

from engines.compiler import Compiler
from engines.compiler.translate.rules import RULES
from harness.standard.instructions import INSTRUCTIONS


def test_every_instruction_offered_has_a_rule() -> None:
    offered = [row for row in INSTRUCTIONS.values() if row.feature in Compiler.capabilities.features]

    assert len(offered) > 200
    assert [row.name for row in offered if row not in RULES] == []


def test_no_rule_is_of_an_instruction_that_is_not_offered() -> None:
    assert [row.name for row in RULES if row.feature not in Compiler.capabilities.features] == []
