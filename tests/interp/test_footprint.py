"""A module that hoards gets an error, and the process lives."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import pytest

from engines.interp.footprint import Footprint, footprint, resident
from harness.context import background
from harness.engine import Instance, Trap, TrapKind

if TYPE_CHECKING:
    from collections.abc import Callable

    Instantiate: TypeAlias = Callable[..., Instance]

MORE = 40_000_000
"""Bytes that the modules here may hoard."""


@pytest.fixture
def interruptible() -> bool:
    """Cancellation has no part in this."""
    return False


@pytest.fixture
def _tight(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(footprint, "limit", resident() + MORE)
    monkeypatch.setattr(footprint, "step", MORE // 4)
    monkeypatch.setattr(footprint, "left", 0)


def test_looking_now_and_then() -> None:
    mine = Footprint()
    mine.take(mine.left)
    assert mine.left == 0
    mine.take(1)
    assert mine.left > 0
    mine.limit = 0
    mine.take(mine.left)
    for _ in range(2):
        with pytest.raises(MemoryError):
            mine.take(1)


@pytest.mark.usefixtures("_tight")
@pytest.mark.parametrize(
    "more",
    [
        "(struct.new $node (global.get $all) (i64.const 0))",
        "(struct.new $node (array.new $array (global.get $all) (i32.const 1000)) (i64.const 0))",
    ],
)
def test_objects_without_end(instantiate: Instantiate, more: str) -> None:
    instance = instantiate(f"""
        (module
          (type $node (struct (field anyref) (field i64)))
          (type $array (array (mut anyref)))
          (global $all (mut anyref) (ref.null any))
          (func (export "hoard") (loop (global.set $all {more}) (br 0)))
          (func (export "let-go") (global.set $all (ref.null any)))
          (func (export "answer") (result i32)
            (struct.get $node 1 (struct.new $node (ref.null any) (i64.const 7))) i32.wrap_i64))""")
    for _ in range(2):
        with pytest.raises(Trap) as raised:
            instance.invoke("hoard", [], background())
        assert raised.value.kind is TrapKind.ALLOCATION
        del raised
        instance.invoke("let-go", [], background())
        assert instance.invoke("answer", [], background())[0].bits == 7


@pytest.mark.usefixtures("_tight")
def test_memories_and_tables_without_end(instantiate: Instantiate) -> None:
    instance = instantiate("""
        (module
          (memory 1) (memory $other 1)
          (table 1 funcref)
          (func (export "grow-memories") (result i32)
            (loop (br_if 0 (i32.ge_s (memory.grow (i32.const 10)) (i32.const 0))))
            (memory.grow $other (i32.const 5000)))
          (func (export "grow-table") (result i32)
            (table.grow (ref.null func) (i32.const 10_000_000))))""")
    assert instance.invoke("grow-memories", [], background())[0].bits == 0xFFFF_FFFF
    assert instance.invoke("grow-table", [], background())[0].bits == 0xFFFF_FFFF


@pytest.mark.usefixtures("_tight")
def test_what_nobody_can_reach_does_not_count(
    instantiate: Instantiate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(footprint, "pause", 0.0)
    pages = 3 * MORE // 4 // 65536
    for _ in range(4):
        full = instantiate(f"""
            (module
              (memory {pages})
              (func (export "fill")
                (memory.fill (i32.const 0) (i32.const 1) (i32.const {pages * 65536}))))""")
        full.invoke("fill", [], background())
