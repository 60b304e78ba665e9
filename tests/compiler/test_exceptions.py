"""Exceptions: within a function, through frames of others, out of instances, and uncaught."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import pytest

from harness.context import background, with_timeout
from harness.engine import Exhausted, HostFunction, Interrupted, Trap, TrapKind, Uncaught, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from harness.engine import Instance

    Instantiate: TypeAlias = Callable[..., Instance]
    Run: TypeAlias = Callable[..., list[int | None]]

MODULE = """(module
  (type $thrower (func (param i32)))
  (tag $number (param i32 i64)) (tag $other (param i32 i64)) (tag $nothing)
  (table funcref (elem $throw $pass))
  (global $left (export "left") (mut i32) (i32.const 0))
  (func $throw (type $thrower) (throw $number (local.get 0) (i64.const 5)))
  (func $throw-other (throw $other (i32.const 1) (i64.const 2)))
  (func $throw-nothing (throw $nothing))
  (func $pass (type $thrower) (local i64 f64)
    (local.set 1 (i64.extend_i32_u (local.get 0))) (local.set 2 (f64.convert_i32_u (local.get 0)))
    (call $throw (local.get 0))
    (global.set $left (i32.trunc_f64_u (f64.add (local.get 2) (f64.convert_i64_u (local.get 1))))))
  (func $deep (param i32)
    (if (local.get 0)
      (then (call $deep (i32.sub (local.get 0) (i32.const 1))) (global.set $left (i32.const 1)))
      (else (call $pass (i32.const 7)))))
  (func (export "own") (param i32) (result i32 i64)
    (block $caught (result i32 i64)
      (try_table (catch $number $caught) (throw $number (local.get 0) (i64.const 6)))
      (unreachable)))
  (func (export "called") (param i32) (result i32 i64) (local i32 f64)
    (local.set 1 (i32.mul (local.get 0) (i32.const 3)))
    (local.set 2 (f64.convert_i32_u (local.get 0)))
    (block $caught (result i32 i64)
      (try_table (catch $number $caught)
        (local.set 1 (i32.add (local.get 1) (i32.const 1)))
        (call $pass (local.get 0))
        (local.set 1 (i32.const 0)))
      (unreachable))
    (drop) (drop)
    (local.get 1) (i64.trunc_f64_u (local.get 2)))
  (func (export "indirect") (param i32) (result i32 i64)
    (block $caught (result i32 i64)
      (try_table (catch $number $caught) (call_indirect (type $thrower) (i32.const 3) (local.get 0)))
      (unreachable)))
  (func (export "deep") (param i32) (result i32 i64)
    (block $caught (result i32 i64)
      (try_table (catch $number $caught) (call $deep (local.get 0))) (unreachable)))
  (func $inner (result i32 i64)
    (block $caught (result i32 i64)
      (try_table (catch $number $caught) (call $throw-other)) (unreachable)))
  (func (export "outer") (result i32 i64)
    (block $caught (result i32 i64)
      (try_table (catch $other $caught) (call $inner) (drop) (drop)) (unreachable)))
  (func (export "nested") (result i32)
    (block $all
      (try_table (catch_all $all)
        (block $caught (result i32 i64)
          (try_table (catch $number $caught) (call $throw-other)) (unreachable))
        (drop) (drop))
      (return (i32.const 1)))
    (i32.const 2))
  (func (export "again") (result i32)
    (block $twice
      (try_table (catch_all $twice)
        (block $once (result exnref) (try_table (catch_all_ref $once) (call $throw-nothing)) (unreachable))
        (throw_ref))
      (unreachable))
    (i32.const 3))
  (func (export "kept") (result i32 i64) (local exnref)
    (block $caught (result i32 i64 exnref)
      (try_table (catch_ref $number $caught) (call $throw (i32.const 9))) (unreachable))
    (local.set 0) (drop) (drop)
    (block $caught (result i32 i64)
      (try_table (catch $number $caught) (throw_ref (local.get 0))) (unreachable)))
  (func (export "unhurt") (param i32) (result i32)
    (block $caught
      (try_table (result i32) (catch_all $caught) (i32.mul (local.get 0) (call $seven))) (return))
    (unreachable))
  (func $seven (result i32) (i32.const 7))
  (func (export "uncaught") (call $pass (i32.const 1)))
  (func (export "wrong") (block $caught
    (try_table (catch $nothing $caught) (call $pass (i32.const 1)))))
  (func (export "null") (throw_ref (ref.null exn)))
  (func (export "trap") (block $caught (try_table (catch_all $caught) (call $crash))))
  (func $crash unreachable)
  (func $endless (call $endless))
  (func (export "exhaust") (block $caught (try_table (catch_all $caught) (call $endless))))
  (func (export "spin") (loop $again
    (block $caught (try_table (catch_all $caught) (call $throw-nothing)) (return)) (br $again)))
  (func (export "spin-inside") (block $caught (try_table (catch_all $caught) (call $loop))))
  (func $loop (loop (br 0)))
  (func (export "many") (param i32) (result i32) (local i32)
    (loop $again
      (block $caught (result i32 i64)
        (try_table (catch $number $caught) (call $throw (local.get 0))) (unreachable))
      (drop) (local.set 1 (i32.add (local.get 1)))
      (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get 1)))"""


@pytest.fixture
def instance(instantiate: Instantiate) -> Instance:
    return instantiate(MODULE)


@pytest.mark.parametrize(
    ("name", "args", "results"),
    [
        ("own", [4], [4, 6]),
        ("called", [4], [13, 4]),
        ("indirect", [0], [3, 5]),
        ("indirect", [1], [3, 5]),
        ("deep", [1000], [7, 5]),
        ("outer", [], [1, 2]),
        ("nested", [], [2]),
        ("again", [], [3]),
        ("kept", [], [9, 5]),
        ("unhurt", [6], [42]),
        ("many", [100_000], [100_000 * 100_001 // 2 & 0xFFFFFFFF]),
    ],
)
def test_caught(instance: Instance, run: Run, name: str, args: list[int], results: list[int]) -> None:
    for _ in range(3):
        assert run(instance, name, *args) == results
    assert instance.get("left").bits == 0, "nothing behind a call that threw has been executed"


@pytest.mark.parametrize(
    ("name", "error"),
    [("uncaught", Uncaught), ("wrong", Uncaught), ("null", Trap), ("trap", Trap), ("exhaust", Exhausted)],
)
def test_not_caught(instance: Instance, run: Run, name: str, error: type[Exception]) -> None:
    for _ in range(2):
        with pytest.raises(error):
            run(instance, name)
        assert run(instance, "called", 4) == [13, 4]


def test_null_has_its_own_trap(instance: Instance) -> None:
    with pytest.raises(Trap) as trap:
        instance.invoke("null", (), background())
    assert trap.value.kind is TrapKind.NULL_EXCEPTION


@pytest.mark.parametrize("name", ["spin", "spin-inside"])
class TestInterrupted:
    @pytest.fixture
    def interruptible(self) -> bool:
        return True

    def test_catch_all_does_not_catch_an_interruption(self, instance: Instance, name: str) -> None:
        with pytest.raises(Interrupted):
            instance.invoke(name, (), with_timeout(background(), 0.02))


def test_between_instances(instantiate: Instantiate, run: Run) -> None:
    exporter = instantiate(
        """(module (tag $t (export "tag") (param i32)) (tag $mine (param i32))
        (func (export "throw") (param i32) (throw $t (local.get 0)))
        (func (export "throw-mine") (param i32) (throw $mine (local.get 0))))"""
    )
    importer = instantiate(
        """(module (import "m" "tag" (tag $t (param i32))) (tag $same (param i32))
        (import "m" "throw" (func $throw (param i32)))
        (import "m" "throw-mine" (func $throw-mine (param i32)))
        (func (export "run") (param i32) (result i32)
          (block $same-caught (result i32)
            (block $caught (result i32)
              (try_table (catch $same $same-caught) (catch $t $caught) (call $throw (local.get 0)))
              (unreachable))
            (return (i32.add (i32.const 100))))
          (drop) (i32.const -1))
        (func (export "mine") (param i32) (result i32)
          (block $all
            (block $caught (result i32)
              (try_table (catch $t $caught) (catch_all $all) (call $throw-mine (local.get 0)))
              (unreachable))
            (return))
          (i32.const -2)))""",
        {"m": exporter},
    )

    assert run(importer, "run", 5) == [105]
    assert run(importer, "mine", 5) == [0xFFFFFFFE]


def test_what_the_host_raises_is_not_caught(instantiate: Instantiate) -> None:
    def fail(args: Sequence[Value]) -> Sequence[Value]:
        raise Uncaught("from the host")

    instance = instantiate(
        """(module (import "host" "fail" (func $fail))
        (func (export "run") (block $caught (try_table (catch_all $caught) (call $fail)))))""",
        {"host": {"fail": HostFunction((), (), fail)}},
    )

    with pytest.raises(Uncaught, match="from the host"):
        instance.invoke("run", (), background())


def test_nothing_is_thrown_through_the_host(instantiate: Instantiate) -> None:
    def inner(args: Sequence[Value]) -> Sequence[Value]:
        return thrower.invoke("throw", (), background())

    thrower: Instance = instantiate('(module (tag $t) (func (export "throw") (throw $t)))')
    instance = instantiate(
        """(module (import "host" "inner" (func $inner))
        (func (export "run") (block $caught (try_table (catch_all $caught) (call $inner)))))""",
        {"host": {"inner": HostFunction((), (), inner)}},
    )

    with pytest.raises(Uncaught):
        instance.invoke("run", (), background())
