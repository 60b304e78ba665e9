"""What changes with cancellation is found, though no assertion notices it; what differs by itself is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.registry import Choice
from harness.sandbox.supervisor import WorkerError
from harness.wast.runner import Runner
from harness.wast.transparency import run_both

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness.results import SpecResult
    from harness.wast.suite import Script

SCRIPT = """
(module $M
  (memory (export "memory") 1)
  (global (export "count") (mut i32) (i32.const 0))
  (func (export "answer") (result i32) (i32.const 42))
  (func (export "nan") (result f32) (f32.div (f32.const 0) (f32.const 0)))
  (func $self (export "self") (result funcref) (ref.func $self))
  (func (export "trap") unreachable)
  (func (export "divide") (result i32) (i32.div_s (i32.const 1) (i32.const 0))))
(invoke "answer")
(assert_return (invoke "nan") (f32.const nan:canonical))
(assert_return (invoke "self") (ref.func))
(assert_trap (invoke "trap") "unreachable")
(assert_trap (invoke "divide") "integer divide by zero")
"""
VECTORS = '(module (func (export "v") (result v128) (v128.const i64x2 0 0))) (invoke "v")'


@pytest.fixture
def compare(write: Callable[[str], Script]) -> Callable[[str, str], SpecResult]:
    """Run a script on and off on one of the engines of ``tests/engines/switched.py``."""

    def compare(name: str, text: str) -> SpecResult:
        with Runner(Choice(name, interruptible=True)) as on, Runner(Choice(name)) as off:
            return run_both(write(text), on, off)

    return compare


@pytest.fixture
def switched(pytestconfig: pytest.Config) -> Path:
    return pytestconfig.rootpath / "tests" / "engines" / "switched.py"


@pytest.mark.parametrize(
    ("engine", "differs"),
    [
        ("Honest", []),
        ("Renames", []),
        ("Alternates", []),
        ("Negates", ["11 assert_return: returns f32 nan (0x7fc00000) returns f32 nan (0xffc00000)"]),
        ("Flips", ["10 invoke: returns i32 42 (0x2a) returns i32 43 (0x2b)"]),
        ("Sets", ['2 global "count": returns i32 0 (0x0) returns i32 7 (0x7)']),
    ],
)
def test_values(
    compare: Callable[[str, str], SpecResult], switched: Path, engine: str, differs: list[str]
) -> None:
    result = compare(f"{switched}:{engine}", SCRIPT)
    assert not result.failures
    assert result.differs is not None
    told = [f"{d.line} {d.command}: {d.expected} {d.got}" for d in result.differs if d.line]
    assert told == differs


@pytest.mark.parametrize("engine", ["Stores", "Grows"])
def test_memories(compare: Callable[[str, str], SpecResult], switched: Path, engine: str) -> None:
    result = compare(f"{switched}:{engine}", SCRIPT)
    assert result.differs is not None
    assert [(d.line, d.command) for d in result.differs if d.line] == [(2, 'memory "memory"')]


def test_traps(compare: Callable[[str, str], SpecResult], switched: Path) -> None:
    """Also those that an assertion notices."""
    result = compare(f"{switched}:Traps", SCRIPT)
    assert result.differs is not None
    (difference,) = result.differs
    assert (difference.line, difference.command) == (14, "assert_trap")
    assert difference.expected.startswith("traps: integer divide by zero")
    assert difference.got.startswith("traps: unreachable")


def test_features(compare: Callable[[str, str], SpecResult], switched: Path) -> None:
    """Other commands would apply on than off."""
    with pytest.raises(WorkerError, match="contradicts itself: features relaxed-simd, simd only in"):
        compare(f"{switched}:Narrower", VECTORS)


def test_one_run_compares_nothing(start: Callable[[str], Runner], write: Callable[[str], Script]) -> None:
    assert start("Honest").run(write(SCRIPT)).differs is None
