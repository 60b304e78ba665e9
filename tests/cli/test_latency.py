"""``stopwat latency``: the distribution of an engine beside the harness's own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from harness.cli import latency
from harness.measure.latency import summarise
from harness.sandbox.supervisor import Worker
from harness.scenarios import workers

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from harness.registry import Choice


@pytest.mark.parametrize(("within", "status"), [("1h", 0), ("1ns", 1)])
def test_latency(stopwat: Callable[..., Any], within: str, status: int) -> None:
    said = stopwat("latency", "loop-br", "calls", "--engine=interp", "--repetitions=1", f"--within={within}")
    assert said.status == status
    assert said.told == ""
    rows = [re.split(r"  +", line.strip()) for line in said.out.splitlines()]
    calls = {row[0]: int(row[1]) for row in rows if len(row) == 6 and row[1].isdecimal()}
    assert calls["the harness itself"] == 100
    assert calls["loops"] == 1
    assert calls["calls"] > 3
    assert calls["all"] == calls["loops"] + calls["calls"]


@pytest.mark.parametrize("names", [("loop-br",), ("loop-br", "tail-self")])
def test_no_worker_is_started_for_nobody(names: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    started = []

    class Counted(Worker):
        def __init__(self, choice: Choice, **how: Any) -> None:
            started.append(choice.engine)
            super().__init__(choice, **how)

    monkeypatch.setattr(workers, "Worker", Counted)
    latency._measure(latency._choose(names, "deadline"), "interp", "deadline", 1)
    assert started.count("interp") == len(names)


def test_names_of_engines_are_no_markup() -> None:
    console = Console(width=100)
    some = summarise([1_000_000, 2_000_000])
    with console.capture() as captured:
        console.print(latency._table("exec:a [/b] [red]", {"[loops]": some}, some))
    assert "exec:a [/b] [red]" in captured.get()
    assert "[loops]" in captured.get()


def test_an_engine_that_breaks(stopwat_many: Callable[..., Any]) -> None:
    said = stopwat_many("latency", "loop-br", "--engine=mine:Raises")
    assert said.status == 2
    assert "loop-br: wrong-outcome: does not instantiate: RuntimeError: no such luck" in said.told
    assert "mine:Raises was not stopped in any of 1 scenarios" in said.told


def test_a_scenario_that_is_not_there(stopwat: Callable[..., Any]) -> None:
    said = stopwat("latency", "trap-unreachable")
    assert said.status == 2
    assert "unknown scenario or group 'trap-unreachable'" in said.told
