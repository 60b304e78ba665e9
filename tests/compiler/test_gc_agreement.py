"""Whatever is done to a few structs and arrays, the interpreter and the compiler see the same, although the
compiler collects garbage all the time.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engines.compiler import Compiler
from engines.interp import Interp
from harness.assembler import assemble
from harness.context import background
from harness.engine import Instance, Trap, TrapKind, Value

SLOTS = 6
TEXT = f"""(module
  (type $leaf (struct (field (mut i8)) (field (mut i64)) (field f32)))
  (type $pair (sub (struct (field (mut anyref)) (field (mut anyref)))))
  (type $triple (sub final $pair (struct (field (mut anyref)) (field (mut anyref)) (field (mut i16)))))
  (type $bytes (array (mut i8)))
  (type $refs (array (mut anyref)))
  (data $data "0123456789")
  (elem $elems anyref
    (ref.i31 (i32.const 1)) (struct.new $leaf (i32.const 3) (i64.const 4) (f32.const 5)) (ref.null any))
  (table $t {SLOTS} anyref)
  (func $at (param i32) (result anyref) (table.get $t (local.get 0)))
  (func (export "leaf") (param i32 i32 i32)
    (table.set $t (local.get 0)
      (struct.new $leaf (local.get 1) (i64.extend_i32_s (local.get 2)) (f32.convert_i32_s (local.get 1)))))
  (func (export "pair") (param i32 i32 i32)
    (table.set $t (local.get 0) (struct.new $pair (call $at (local.get 1)) (call $at (local.get 2)))))
  (func (export "triple") (param i32 i32 i32)
    (table.set $t (local.get 0)
      (struct.new $triple (call $at (local.get 1)) (call $at (local.get 2)) (local.get 2))))
  (func (export "i31") (param i32 i32) (table.set $t (local.get 0) (ref.i31 (local.get 1))))
  (func (export "null") (param i32) (table.set $t (local.get 0) (ref.null any)))
  (func (export "host") (param i32 externref)
    (table.set $t (local.get 0) (any.convert_extern (local.get 1))))
  (func (export "bytes") (param i32 i32 i32)
    (table.set $t (local.get 0) (array.new $bytes (local.get 1) (local.get 2))))
  (func (export "refs") (param i32 i32 i32)
    (table.set $t (local.get 0) (array.new $refs (call $at (local.get 1)) (local.get 2))))
  (func (export "of data") (param i32 i32 i32)
    (table.set $t (local.get 0) (array.new_data $bytes $data (local.get 1) (local.get 2))))
  (func (export "of elems") (param i32 i32 i32)
    (table.set $t (local.get 0) (array.new_elem $refs $elems (local.get 1) (local.get 2))))
  (func (export "set field") (param i32 i32)
    (struct.set $pair 1 (ref.cast (ref null $pair) (call $at (local.get 0))) (call $at (local.get 1))))
  (func (export "get field") (param i32 i32)
    (table.set $t (local.get 1) (struct.get $pair 1 (ref.cast (ref null $pair) (call $at (local.get 0))))))
  (func (export "set element") (param i32 i32 i32)
    (array.set $refs (ref.cast (ref null $refs) (call $at (local.get 0)))
      (local.get 1) (call $at (local.get 2))))
  (func (export "get element") (param i32 i32 i32)
    (table.set $t (local.get 2)
      (array.get $refs (ref.cast (ref null $refs) (call $at (local.get 0))) (local.get 1))))
  (func (export "fill") (param i32 i32 i32 i32)
    (array.fill $refs (ref.cast (ref null $refs) (call $at (local.get 0)))
      (local.get 1) (call $at (local.get 2)) (local.get 3)))
  (func (export "copy") (param i32 i32 i32 i32 i32)
    (array.copy $refs $refs
      (ref.cast (ref null $refs) (call $at (local.get 0))) (local.get 1)
      (ref.cast (ref null $refs) (call $at (local.get 2))) (local.get 3) (local.get 4)))
  (func (export "init") (param i32 i32 i32 i32)
    (array.init_elem $refs $elems (ref.cast (ref null $refs) (call $at (local.get 0)))
      (local.get 1) (local.get 2) (local.get 3)))
  (func (export "same") (param i32 i32) (result i32)
    (ref.eq (ref.cast eqref (call $at (local.get 0))) (ref.cast eqref (call $at (local.get 1)))))
  (func $digest (param $x anyref) (param $depth i32) (result i32) (local $i i32) (local $sum i32)
    (if (i32.eqz (local.get $depth)) (then (return (i32.const 5))))
    (local.set $depth (i32.sub (local.get $depth) (i32.const 1)))
    (if (ref.is_null (local.get $x)) (then (return (i32.const 1))))
    (if (ref.test (ref i31) (local.get $x))
      (then (return (i31.get_s (ref.cast (ref i31) (local.get $x))))))
    (if (ref.test (ref $leaf) (local.get $x))
      (then (return (i32.add
        (struct.get_s $leaf 0 (ref.cast (ref $leaf) (local.get $x)))
        (i32.add (i32.wrap_i64 (struct.get $leaf 1 (ref.cast (ref $leaf) (local.get $x))))
          (i32.reinterpret_f32 (struct.get $leaf 2 (ref.cast (ref $leaf) (local.get $x)))))))))
    (if (ref.test (ref $triple) (local.get $x))
      (then (local.set $sum (struct.get_s $triple 2 (ref.cast (ref $triple) (local.get $x))))))
    (if (ref.test (ref $pair) (local.get $x))
      (then (return (i32.add (local.get $sum) (i32.sub
        (call $digest (struct.get $pair 0 (ref.cast (ref $pair) (local.get $x))) (local.get $depth))
        (i32.mul (i32.const 31)
          (call $digest (struct.get $pair 1 (ref.cast (ref $pair) (local.get $x))) (local.get $depth))))))))
    (if (i32.eqz (ref.test (ref array) (local.get $x))) (then (return (i32.const 2))))
    (local.set $sum (array.len (ref.cast (ref array) (local.get $x))))
    (block $done
      (loop $again
        (br_if $done (i32.ge_u (local.get $i) (array.len (ref.cast (ref array) (local.get $x)))))
        (local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const 7))
          (if (result i32) (ref.test (ref $bytes) (local.get $x))
            (then (array.get_s $bytes (ref.cast (ref $bytes) (local.get $x)) (local.get $i)))
            (else (call $digest
              (array.get $refs (ref.cast (ref $refs) (local.get $x)) (local.get $i)) (local.get $depth))))))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $again)))
    (local.get $sum))
  (func (export "look") (param i32) (result i32) (call $digest (call $at (local.get 0)) (i32.const 4))))"""

slots = st.integers(0, SLOTS - 1)
small = st.integers(0, 6)
numbers = st.integers(0, 0xFFFF_FFFF)
MAKE = st.one_of(
    st.tuples(st.just("leaf"), slots, numbers, numbers),
    st.tuples(st.sampled_from(["pair", "triple"]), slots, slots, slots),
    st.tuples(st.just("i31"), slots, numbers),
    st.tuples(st.just("null"), slots),
    st.tuples(st.just("host"), slots, st.integers(0, 9).map(lambda number: Value("extern", number))),
    st.tuples(st.just("bytes"), slots, numbers, st.integers(0, 100)),
    st.tuples(st.just("refs"), slots, slots, small),
    st.tuples(st.sampled_from(["of data", "of elems"]), slots, small, small),
)
CHANGE = st.one_of(
    st.tuples(st.sampled_from(["set field", "get field", "same"]), slots, slots),
    st.tuples(st.sampled_from(["set element", "get element"]), slots, small, slots),
    st.tuples(st.just("fill"), slots, small, slots, small),
    st.tuples(st.just("copy"), slots, small, slots, small, small),
    st.tuples(st.just("init"), slots, small, small, small),
)


@pytest.fixture(scope="module")
def instances() -> list[Instance]:
    """An instance of the interpreter, and one of the compiler, in each of its tiers."""
    binary = assemble(TEXT, first="in-process").binary
    engines = [Interp(), Compiler(level="cheap"), Compiler(level="optimised")]
    return [engine.instantiate(engine.compile(binary), {}, background()) for engine in engines]


def outcome(instance: Instance, name: str, args: tuple[int | Value, ...]) -> list[int | None] | TrapKind:
    """What a call returns, or how it traps."""
    values = [arg if isinstance(arg, Value) else Value("i32", arg) for arg in args]
    try:
        return [value.bits for value in instance.invoke(name, values, background())]
    except Trap as trap:
        return trap.kind


@pytest.mark.usefixtures("merciless")
@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.one_of(MAKE, CHANGE, CHANGE), max_size=40))
def test_they_agree(instances: list[Instance], steps: list[tuple[str, *tuple[int | Value, ...]]]) -> None:
    for slot in range(SLOTS):
        for instance in instances:
            outcome(instance, "null", (slot,))
    for name, *args in [*steps, *(("look", slot) for slot in range(SLOTS))]:
        reference, *others = [outcome(instance, name, tuple(args)) for instance in instances]
        assert others == [reference] * len(others), f"{name} {args}"
