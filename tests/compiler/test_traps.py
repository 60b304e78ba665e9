"""Every trap has its kind, in both tiers, wherever it strikes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.context import background
from harness.engine import Exhausted, Trap, TrapKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.engine import Instance

BODIES = [
    ("unreachable", TrapKind.UNREACHABLE),
    ("(drop (i32.div_s (i32.const 1) (i32.const 0)))", TrapKind.DIVIDE_BY_ZERO),
    ("(drop (i64.rem_u (i64.const 1) (i64.const 0)))", TrapKind.DIVIDE_BY_ZERO),
    ("(drop (i32.div_s (i32.const 0x80000000) (i32.const -1)))", TrapKind.INTEGER_OVERFLOW),
    ("(drop (i64.div_s (i64.const 0x8000000000000000) (i64.const -1)))", TrapKind.INTEGER_OVERFLOW),
    ("(drop (i32.trunc_f32_s (f32.const nan)))", TrapKind.INVALID_CONVERSION),
    ("(drop (i32.trunc_f32_s (f32.const 2147483648)))", TrapKind.INTEGER_OVERFLOW),
    ("(drop (i32.trunc_f64_s (f64.const -2147483649)))", TrapKind.INTEGER_OVERFLOW),
    ("(drop (i64.trunc_f64_u (f64.const -1)))", TrapKind.INTEGER_OVERFLOW),
    ("(drop (i32.load (i32.const 65533)))", TrapKind.MEMORY_BOUNDS),
    ("(drop (i32.load offset=4294967295 (i32.const -1)))", TrapKind.MEMORY_BOUNDS),
    ("(i64.store offset=65528 (i32.const 1) (i64.const 0))", TrapKind.MEMORY_BOUNDS),
    ("(memory.fill (i32.const 65535) (i32.const 0) (i32.const 2))", TrapKind.MEMORY_BOUNDS),
    ("(memory.copy (i32.const 0) (i32.const 65536) (i32.const 1))", TrapKind.MEMORY_BOUNDS),
    ("(memory.init $data (i32.const 0) (i32.const 4) (i32.const 2))", TrapKind.MEMORY_BOUNDS),
    (
        "(data.drop $data) (memory.init $data (i32.const 0) (i32.const 0) (i32.const 1))",
        TrapKind.MEMORY_BOUNDS,
    ),
    ("(drop (table.get (i32.const 3)))", TrapKind.TABLE_BOUNDS),
    ("(table.set (i32.const -1) (ref.null func))", TrapKind.TABLE_BOUNDS),
    ("(table.fill (i32.const 2) (ref.null func) (i32.const 2))", TrapKind.TABLE_BOUNDS),
    ("(table.copy (i32.const 2) (i32.const 0) (i32.const 2))", TrapKind.TABLE_BOUNDS),
    ("(table.init $elem (i32.const 0) (i32.const 1) (i32.const 1))", TrapKind.TABLE_BOUNDS),
    ("(call_indirect (type $proc) (i32.const 3))", TrapKind.UNDEFINED_ELEMENT),
    ("(call_indirect (type $proc) (i32.const 2))", TrapKind.UNINITIALIZED_ELEMENT),
    ("(drop (call_indirect (result i32) (i32.const 1)))", TrapKind.INDIRECT_CALL_TYPE),
    ("(return_call_indirect (type $other) (i32.const 1) (i32.const 1))", TrapKind.INDIRECT_CALL_TYPE),
    ("(call_ref $proc (ref.null $proc))", TrapKind.NULL_FUNCTION),
    ("(drop (ref.as_non_null (ref.null func)))", TrapKind.NULL_REFERENCE),
]
MODULE = """(module
  (type $proc (func)) (type $other (func (param i32)))
  (memory 1) (table 3 funcref) (elem (i32.const 1) $nop) (data $data "12345") (elem $elem func $nop)
  (func $nop)
  (func (export "run") {})
  (func (export "twice") (call $inner) (call $inner))
  (func $inner {}))"""


@pytest.mark.parametrize(("body", "kind"), BODIES)
@pytest.mark.parametrize("name", ["run", "twice"])
def test_kind(instantiate: Callable[..., Instance], name: str, body: str, kind: TrapKind) -> None:
    instance = instantiate(MODULE.format(body, body))

    for _ in range(2):
        with pytest.raises(Trap) as raised:
            instance.invoke(name, (), background())
        assert raised.value.kind is kind


@pytest.mark.parametrize(
    "body",
    [
        "(call $run)",
        "(call $other)",
        "(call $run) (call $run)",
        "(call_indirect (i32.const 0))",
        "(local i64 i64 f64) (local.set 0 (i64.const 1)) (call $run) (drop (local.get 0))",
    ],
    ids=["to itself", "to each other", "twice", "indirect", "with locals"],
)
def test_recursion_exhausts_the_stack(instantiate: Callable[..., Instance], body: str) -> None:
    instance = instantiate(
        f"""(module (table funcref (elem $run))
        (func $run (export "run") {body}) (func $other (call $run)))"""
    )

    for _ in range(3):
        with pytest.raises(Exhausted):
            instance.invoke("run", (), background())


def test_large_frame_finds_room(
    instantiate: Callable[..., Instance], run: Callable[..., list[int | None]]
) -> None:
    locals_ = " ".join(["i64"] * 20_000)
    sets = "".join(f"(local.set {i} (call $seven))" for i in range(1, 20_001, 40))
    instance = instantiate(
        f"""(module (func $seven (result i64) (i64.const 7))
        (func $run (export "run") (param i32) (result i32) (local {locals_}) {sets}
          (if (i32.eqz (local.get 0)) (then (return (i32.wrap_i64 (local.get 41)))))
          (call $run (i32.sub (local.get 0) (i32.const 1)))))"""
    )

    assert run(instance, "run", 10) == [7]
    with pytest.raises(Exhausted):
        run(instance, "run", 1_000_000)
