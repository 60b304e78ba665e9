"""Overhead and comparison on engines whose cost is known."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.measure import overhead
from harness.measure.sides import Unmeasurable
from harness.outcome import Crashed, Invalid, Number, Returned
from harness.registry import Choice

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.scenarios import Scenario

ENGINES = Path(__file__).parents[1] / "engines"
COSTLY = f"{ENGINES}/costly.py:Costly"


def test_overhead(kernel: Callable[[str], Scenario]) -> None:
    result = overhead.measure(kernel("run: echo"), COSTLY, pairs=3)
    assert result.kernel == "kernel"
    assert len(result.off) == len(result.on) == len(result.control) == 3 * result.processes
    assert min(result.off) >= 4_000_000
    assert min(result.on) >= 12_000_000
    assert 2 < result.low <= result.ratio <= result.high < 4


def test_where_costs_vary_nothing_is_said(kernel: Callable[[str], Scenario]) -> None:
    result = overhead.measure(kernel("run: echo"), f"{ENGINES}/costly.py:Moody", pairs=3)
    assert "wider than 15% of its lower bound" in result.noise
    assert result.processes == 2


def test_comparison(kernel: Callable[[str], Scenario]) -> None:
    a, b = Choice(COSTLY), Choice(f"{ENGINES}/costly.py:Cheap")
    found = overhead.compare(kernel("run: echo"), a, b, pairs=3)
    assert found.kernel == "kernel"
    assert len(found.a) == len(found.b) >= 3
    assert 1.3 < found.low <= found.ratio <= found.high < 3


def test_an_engine_that_gets_it_wrong_is_not_measured(kernel: Callable[[str], Scenario]) -> None:
    with pytest.raises(Unmeasurable, match="kernel: expected returns 3, got") as caught:
        overhead.measure(kernel("run: echo"), f"{ENGINES}/wrong.py:WrongByOne", pairs=1)
    assert caught.value.outcome == Returned((Number("i32", "4"),))


def test_an_engine_that_dies_is_not_measured(kernel: Callable[[str], Scenario]) -> None:
    with pytest.raises(Unmeasurable, match="kernel") as caught:
        overhead.measure(kernel("run: spin"), f"{ENGINES}/wrong.py:Segfaults", pairs=1)
    assert isinstance(caught.value.outcome, Crashed)


def test_a_kernel_that_does_not_compile_is_not_measured(kernel: Callable[[str], Scenario]) -> None:
    with pytest.raises(Unmeasurable, match="kernel cannot be set up") as caught:
        overhead.measure(kernel("run: fly"), COSTLY, pairs=1)
    assert isinstance(caught.value.outcome, Invalid)
