"""What an engine declares it offers; what it says of one module or another does not count."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.results import SpecResult
    from harness.wast.runner import Runner

MEMORIES = """
(module $a (func (export "f") (result i32) (i32.const 1)))
(module $b (memory 1) (func (export "f") (result i32) (i32.const 1))) ;; refused
(assert_return (invoke $a "f") (i32.const 1)) ;; passes
(assert_return (invoke $b "f") (i32.const 1)) ;; was refused
(assert_trap (module (memory 1) (data (i32.const 65536) "x")) "out of bounds memory access") ;; refused, too
"""
IMPORTS = """
(module $a (memory (export "m") 1) (func (export "f") (result i32) (i32.const 1)))
(register "a")
(module $b (import "a" "f" (func (result i32))) (export "f" (func 0))) ;; refused
(assert_return (invoke $b "f") (i32.const 1)) ;; was refused
(assert_unlinkable (module (import "a" "g" (func))) "unknown import") ;; refused, too
(module definition $c (import "a" "f" (func (result i32))))
(module instance $d $c) ;; not made
(assert_return (invoke $a "f") (i32.const 1)) ;; passes, if nothing that is refused could have written there
"""


def test_what_is_declared_is_offered(
    start: Callable[[str], Runner], failing: Callable[[Runner, str], tuple[list[str], SpecResult]]
) -> None:
    failed, result = failing(start("NoMemories"), MEMORIES)
    assert failed == ["refused", "was refused", "refused, too"]
    assert result.not_applicable == {}
    assert "unsupported: memories" in {failure.got for failure in result.failures}


@pytest.mark.parametrize(
    ("engine", "told", "not_applicable"),
    [
        ("Honest", [], {}),
        ("LinksInWords", ["refused", "was refused", "refused, too", "not made"], {}),
        ("LinksNothing", [], {"imports: not offered": 5}),
    ],
)
def test_imports_are_declared(
    start: Callable[[str], Runner],
    failing: Callable[[Runner, str], tuple[list[str], SpecResult]],
    engine: str,
    told: list[str],
    not_applicable: dict[str, int],
) -> None:
    failed, result = failing(start(engine), IMPORTS)
    assert failed == told
    assert result.not_applicable == not_applicable
