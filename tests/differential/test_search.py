"""Engines that are wrong on purpose are found out, by the smallest calls; those that are right agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.differential.search import Difference, search
from harness.differential.subject import Call

if TYPE_CHECKING:
    from harness.differential.panel import Panel
    from tests.differential.conftest import Around

MODULE = """(module
  (memory (export "m") 1)
  (global $g (export "g") (mut i32) (i32.const 0))
  (func (export "f") (param i32) (result i32) (local.get 0))
  (func (export "div") (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get 1)))
  (func (export "set") (param i32) (global.set $g (local.get 0)))
  (func (export "store") (param f64 f64) (f64.store (i32.const 8) (f64.div (local.get 0) (local.get 1))))
  (func (export "nan") (param f32) (result i32) (i32.reinterpret_f32 (f32.sqrt (local.get 0))))
  (func (export "lanes") (param v128) (result v128) (f32x4.div (local.get 0) (local.get 0))))"""


def run(panel: Panel, *, examples: int = 40, seed: int = 0) -> list[Difference]:
    return list(search(panel, examples=examples, seed=seed))


def said(difference: Difference) -> dict[str, str]:
    """What each engine says, by the last part of its name."""
    return {
        engine.rpartition(":")[2]: " ".join([group.answer.word, *(f"{v.bits}" for v in group.answer.values)])
        for group in difference.vote.groups
        for engine in group.engines
    }


def shown(difference: Difference) -> list[str]:
    return [
        f"{call.export}({', '.join(str(number.bits) for number in call.args)})" for call in difference.calls
    ]


def test_honest_engines_agree(around: Around) -> None:
    panel = around(MODULE)
    assert run(panel) == []
    assert panel.calls > 100


def test_a_boundary_is_found_to_the_number(around: Around) -> None:
    found = run(around(MODULE, "OffByOne"))
    # `div` traps unless the divisor is not zero
    assert [shown(difference) for difference in found] == [["f(1001)"], ["div(1001, 1)"]]
    assert found[0].where == "result"
    assert said(found[0]) == {
        "interp": "returns 1001",
        "compiler": "returns 1001",
        "OffByOne": "returns 1000",
    }
    assert [name.rpartition(":")[2] for name in found[0].vote.minority] == ["OffByOne"]


def test_traps_are_compared_by_their_kind(around: Around) -> None:
    (found,) = run(around(MODULE, "OtherTrap"))
    assert shown(found) == ["div(0, 0)"]
    assert said(found) == {
        "interp": "traps: integer divide by zero",
        "compiler": "traps: integer divide by zero",
        "OtherTrap": "traps: unreachable",
    }


def test_two_that_differ_have_no_majority(around: Around) -> None:
    (found,) = run(around(MODULE, "OtherTrap", honest=("interp",)))
    assert found.vote.minority == ()
    assert len(found.vote.groups) == 2


def test_state_is_compared_after_each_of_several_calls(around: Around) -> None:
    (found,) = run(around(MODULE, "Forgets"))
    assert len(found.calls) == 3
    assert found.where == 'global "g"'
    assert "set(1)" in shown(found)


def test_death_is_an_answer_and_the_others_go_on(around: Around) -> None:
    panel = around(MODULE, "Dies")
    (found,) = run(panel)
    assert shown(found) == ["div(0, 1)"]
    assert said(found)["Dies"] == "crashes: status 3"
    assert all(worker.alive for name, worker in panel.workers.items() if "Dies" not in name)


def test_what_does_not_end_is_no_difference(around: Around) -> None:
    module = '(module (func (export "f") (result i32) (i32.const 1)))'
    panel = around(module, "Sleeps", timeout=50_000_000)
    assert run(panel) == []
    (name,) = [name for name in panel.silent if name.endswith(":Sleeps")]
    assert panel.silent[name] == {"it did not end in time": 1}


def test_resources_are_no_difference(around: Around) -> None:
    assert run(around(MODULE, "Shallow"), examples=3) == []


def test_what_is_refused_is_a_difference_and_what_is_not_offered_is_none(around: Around) -> None:
    (found,) = run(around(MODULE, "Refuses"))
    assert (found.calls, found.where, said(found)["Refuses"]) == ((), "compilation", "invalid")
    panel = around(MODULE, "Unable")
    assert run(panel, examples=3) == []
    assert list(panel.workers) == ["interp", "compiler"]
    panel = around(MODULE, "Old")
    assert run(panel, examples=3) == []
    assert [why for told in panel.silent.values() for why in told] == [
        "it does not offer mutable-globals, simd"
    ]


def test_nans_are_what_they_like_to_be(around: Around) -> None:
    assert run(around(MODULE, "NegativeNans")) == []
    seen = {difference.where for difference in run(around(MODULE, "NegativeNans", nans=True))}
    assert seen == {"result", 'memory "m"'}


def test_an_engine_that_plays_dice_is_told_of(around: Around) -> None:
    found = run(around('(module (func (export "f") (param i32) (result i32) (i32.const 0)))', "Rolls"))
    assert len(found) == 1
    assert found[0].where == "result"


@pytest.mark.parametrize("seed", [0, 1])
def test_a_seed_says_what_is_tried(around: Around, seed: int) -> None:
    first, again = (run(around(MODULE, "OffByOne"), seed=seed, examples=10) for _ in range(2))
    assert [shown(difference) for difference in first] == [shown(difference) for difference in again]


def test_a_program_is_compared_by_what_it_writes(around: Around) -> None:
    module = r"""(module
      (import "wasi_snapshot_preview1" "fd_write"
        (func $write (param i32 i32 i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
      (memory (export "memory") 1)
      (data (i32.const 0) "\10\00\00\00\08\00\00\00")
      (func (export "_start")
        (drop (call $random (i32.const 16) (i32.const 8)))
        (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 100)))))"""
    panel = around(module)
    assert run(panel) == []
    answers = panel.ask([Call("_start", ())])
    assert [told[-1].word for told in answers.values()] == ["writes", "writes"]
    assert len({told[-1].why for told in answers.values()} - {""}) == 1
