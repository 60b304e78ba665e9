"""What an engine gets wrong in one respect is failed by the checks of that respect, and by no other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.results import SpecResult
    from harness.wast.runner import Runner

SCRIPT = r"""
(module
  (tag $e)
  (global (export "g") i64 (i64.const 6))
  (func (export "nan") (result f32) (f32.div (f32.const 0) (f32.const 0)))
  (func (export "quiet") (param f64) (result f64) (f64.add (local.get 0) (f64.const 1)))
  (func (export "answer") (result i32) (i32.const 42))
  (func (export "two") (result f32 f64) (f32.const 1) (f64.const 2))
  (func (export "null") (result externref) (ref.null extern))
  (func (export "same") (param externref) (result externref) (local.get 0))
  (func (export "lanes") (result v128) (v128.const f32x4 1 nan -0 nan:0x600000))
  (func (export "divide") (param i32) (result i32) (i32.div_s (i32.const -0x80000000) (local.get 0)))
  (func (export "unreachable") unreachable)
  (func $deep (export "deep") (call $deep))
  (func (export "throw") (throw $e)))
(assert_return (invoke "nan") (f32.const nan:canonical)) ;; canonical NaN
(assert_return (invoke "quiet" (f64.const nan:0x4000000000001)) (f64.const nan:arithmetic)) ;; arithmetic NaN
(assert_return (invoke "lanes") (v128.const f32x4 1 nan:canonical -0 nan:arithmetic)) ;; lanes
(assert_return (invoke "answer") (i32.const 42)) ;; value
(assert_return (get "g") (i64.const 6)) ;; global
(assert_return (invoke "answer") (either (i32.const 7) (i32.const 42))) ;; either
(assert_return (invoke "two") (f32.const 1) (f64.const 2)) ;; two
(assert_return (invoke "null") (ref.null extern)) ;; null
(assert_return (invoke "same" (ref.extern 5)) (ref.extern 5)) ;; extern
(assert_trap (invoke "divide" (i32.const 0)) "integer divide by zero") ;; divide
(assert_trap (invoke "divide" (i32.const -1)) "integer overflow") ;; overflow
(assert_trap (invoke "unreachable") "unreachable") ;; unreachable
(assert_trap (module (memory 1) (data (i32.const 65536) "x")) "out of bounds memory access") ;; segment
(assert_exhaustion (invoke "deep") "call stack exhausted") ;; exhaustion
(assert_exception (invoke "throw")) ;; exception
(assert_invalid (module (func (result i32) (i64.const 1))) "type mismatch") ;; invalid
(assert_malformed (module binary "\00asm\02\00\00\00") "unknown binary version") ;; malformed
(assert_unlinkable (module (import "nowhere" "f" (func))) "unknown import") ;; unlinkable
(assert_unlinkable (module (import "spectest" "print" (memory 1))) "incompatible import type") ;; mismatch
"""

TRAPS = ["divide", "overflow", "unreachable", "segment"]


@pytest.mark.parametrize(
    ("engine", "wrong"),
    [
        ("Honest", []),
        ("NegativeNan", []),
        ("SignallingNan", ["canonical NaN", "arithmetic NaN"]),
        ("PayloadNan", ["canonical NaN"]),
        ("OneBit", ["value", "global", "either"]),
        ("WrongType", ["value", "either"]),
        ("WrongNull", ["null"]),
        ("LosesResults", ["two"]),
        ("OneTrap", ["divide", "overflow", "segment"]),
        ("Exhausts", TRAPS),
        ("Abstains", TRAPS),
        ("ExhaustionTraps", ["exhaustion"]),
        ("ExceptionTraps", ["exception"]),
        ("AcceptsInvalid", ["invalid"]),
        ("InvalidIsMalformed", ["invalid"]),
        ("InvalidIsUnlinkable", ["invalid"]),
        ("AcceptsMalformed", ["malformed"]),
        ("MalformedIsInvalid", ["malformed"]),
        ("AcceptsUnlinkable", ["unlinkable", "mismatch"]),
        ("UnlinkableTraps", ["unlinkable", "mismatch"]),
    ],
)
def test_one_thing_wrong(
    start: Callable[[str], Runner],
    failing: Callable[[Runner, str], tuple[list[str], SpecResult]],
    engine: str,
    wrong: list[str],
) -> None:
    failed, result = failing(start(engine), SCRIPT)
    assert failed == wrong
    counted = result.features.values()
    assert sum(tally.failed for tally in counted) == len(wrong)
    assert sum(tally.passed for tally in counted) == 20 - len(wrong)
    assert sum(tally.not_run for tally in counted) == 0
    assert result.not_applicable == {}
