"""A module that an engine says it does not offer is counted and shown, and so is what depends on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.results import SpecResult
    from harness.wast.runner import Runner

SCRIPT = """
(module $a (func (export "f") (result i32) (i32.const 1)))
(module $b (memory 1) (func (export "f") (result i32) (i32.const 1)))
(assert_return (invoke $a "f") (i32.const 2)) ;; judged
(assert_return (invoke $b "f") (i32.const 2)) ;; not judged
(assert_return (invoke $a "f") (i32.const 1)) ;; passes
(assert_trap (module (memory 1) (data (i32.const 65536) "x")) "out of bounds memory access") ;; judged too
"""


def test_what_is_not_offered_is_not_applicable(
    start: Callable[[str], Runner], failing: Callable[[Runner, str], tuple[list[str], SpecResult]]
) -> None:
    failed, result = failing(start("NoMemories"), SCRIPT)
    assert failed == ["judged", "judged too"]
    assert result.not_applicable == {"unsupported: memories": 1, "depends on what is unsupported": 1}
    assert sum(tally.passed for tally in result.features.values()) == 2
