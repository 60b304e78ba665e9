"""Calls: more values than registers, tail calls without end, other instances."""

from __future__ import annotations

from itertools import cycle, islice
from typing import TYPE_CHECKING, TypeAlias

import pytest

from harness.context import background
from harness.engine import HostFunction, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from harness.engine import Instance

    Run: TypeAlias = Callable[..., list[int | None]]


MIXED = tuple(islice(cycle(("i32", "f64", "i64", "f32")), 40))
MASKS = {"i32": 0xFFFFFFFF, "f32": 0xFFFFFFFF, "i64": (1 << 64) - 1, "f64": (1 << 64) - 1}
VALUES = [Value(type_, 0x9E3779B97F4A7C15 * (index + 1) & MASKS[type_]) for index, type_ in enumerate(MIXED)]
PARAMS = f"(param {' '.join(MIXED)})"
RESULTS = f"(result {' '.join(reversed(MIXED))})"
GETS = " ".join(f"(local.get {index})" for index in range(40))
REVERSED = " ".join(f"(local.get {index})" for index in reversed(range(40)))


@pytest.mark.parametrize(
    "call",
    [
        f"(call $reverse {GETS})",
        f"(call_indirect (type $reverse) {GETS} (i32.const 0))",
        f"(return_call $reverse {GETS})",
        f"(return_call_indirect (type $reverse) {GETS} (i32.const 0))",
        f"(call_ref $reverse {GETS} (ref.func $reverse))",
        f"(return_call_ref $reverse {GETS} (ref.func $reverse))",
        f"(call $host {GETS})",
        f"(return_call $host {GETS})",
        f"(call_indirect (type $reverse) {GETS} (i32.const 1))",
    ],
)
def test_forty_values_there_and_back(instantiate: Callable[..., Instance], run: Run, call: str) -> None:
    def reverse(args: Sequence[Value]) -> Sequence[Value]:
        assert list(args) == VALUES
        return args[::-1]

    host = {"reverse": HostFunction(MIXED, MIXED[::-1], reverse)}
    instance = instantiate(
        f"""(module
        (type $reverse (func {PARAMS} {RESULTS}))
        (func $host (import "host" "reverse") (type $reverse))
        (table funcref (elem $reverse $host))
        (func $reverse (type $reverse) {REVERSED})
        (func (export "run") (type $reverse) {call}))""",
        {"host": host},
    )

    assert instance.invoke("run", VALUES, background()) == VALUES[::-1]


@pytest.mark.parametrize("result", ["i32", "i64", "f32", "f64"])
def test_tail_calls_between_functions_of_other_types(
    instantiate: Callable[..., Instance], run: Run, result: str
) -> None:
    instance = instantiate(
        f"""(module
        (func $few (export "run") (param i32) (result {result})
          (if (i32.eqz (local.get 0)) (then (return ({result}.const 42))))
          (return_call $many (f64.const 1) (i64.const 2) (local.get 0)
            (i64.const 3) (i64.const 4) (i64.const 5) (i64.const 6) (i64.const 7)))
        (func $many (param f64 i64 i32 i64 i64 i64 i64 i64) (result {result})
          (return_call $few (i32.sub (local.get 2) (i32.const 1)))))"""
    )
    integer, pattern = {"i32": 42, "i64": 42}, {"f32": 0x42280000, "f64": 0x4045000000000000}

    assert run(instance, "run", 1_000_000) == [(integer | pattern)[result]]


def test_tail_calls_that_leave_the_instance_and_come_back(
    instantiate: Callable[..., Instance], run: Run
) -> None:
    odd = instantiate(
        """(module (table (export "table") 2 funcref) (type $step (func (param i32) (result i32)))
        (func (export "odd") (param i32) (result i32)
          (if (i32.eqz (local.get 0)) (then (return (i32.const 7))))
          (return_call_indirect (type $step) (i32.sub (local.get 0) (i32.const 1)) (i32.const 1))))"""
    )
    even = instantiate(
        """(module (import "odd" "table" (table 2 funcref))
        (import "odd" "odd" (func $odd (param i32) (result i32)))
        (elem (i32.const 1) $even)
        (func $even (export "even") (param i32) (result i32)
          (if (i32.eqz (local.get 0)) (then (return (i32.const 8))))
          (return_call $odd (i32.sub (local.get 0) (i32.const 1)))))""",
        {"odd": odd},
    )

    assert run(even, "even", 1_000_000) == [8]
    assert run(even, "even", 1_000_001) == [7]


def test_caller_finds_its_values_after_a_tail_call(instantiate: Callable[..., Instance], run: Run) -> None:
    instance = instantiate(
        """(module
        (func $callee (param i64 i64 i64 i64 i64 i64 f64 f64) (result i64)
          (i64.add (local.get 0) (i64.add (local.get 5) (i64.trunc_f64_s (local.get 7)))))
        (func $tail (param i64) (result i64)
          (return_call $callee (local.get 0) (i64.const 1) (i64.const 2) (i64.const 3) (i64.const 4)
            (i64.const 50) (f64.const 6) (f64.const 700)))
        (func (export "run") (param i64) (result i64) (local i64 f64)
          (local.set 1 (i64.mul (local.get 0) (i64.const 3)))
          (local.set 2 (f64.convert_i64_s (local.get 0)))
          (i64.add
            (i64.add (call $tail (local.get 0)) (call $tail (local.get 1)))
            (i64.add (local.get 1) (i64.trunc_f64_s (local.get 2))))))"""
    )

    assert run(instance, "run", Value("i64", 9)) == [9 + 750 + 27 + 750 + 27 + 9]


def test_type_is_the_same_in_another_module(instantiate: Callable[..., Instance], run: Run) -> None:
    exporter = instantiate(
        """(module (type (func)) (type $f (func (param i32) (result i32))) (table (export "t") 1 funcref)
        (elem (i32.const 0) $double)
        (func $double (type $f) (i32.mul (local.get 0) (i32.const 2))))"""
    )
    importer = instantiate(
        """(module (import "m" "t" (table 1 funcref)) (type $f (func (param i32) (result i32)))
        (func (export "run") (param i32) (result i32)
          (call_indirect (type $f) (local.get 0) (i32.const 0))))""",
        {"m": exporter},
    )

    assert run(importer, "run", 21) == [42]
