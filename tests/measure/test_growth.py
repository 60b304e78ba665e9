"""Curves of engines whose growth is known."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec
import pytest

from harness.measure import cost, growth
from harness.measure.sides import Unmeasurable
from harness.outcome import Unsupported
from harness.scenarios import Options
from harness.scenarios.options import MS

if TYPE_CHECKING:
    from harness.results import CurveResult

ENGINES = Path(__file__).parents[1] / "engines"
GROWING = f"{ENGINES}/growing.py:Growing"
FEW = Options(points=2, pairs=3, repetitions=2, warmup=1, deadline=5 * MS)
CURVES = {curve.id: curve for curve in growth.CURVES}


def measure(curve: str, engine: str = "Growing") -> CurveResult:
    return CURVES[curve].measure(f"{ENGINES}/growing.py:{engine}", FEW)


def test_every_curve_has_an_id_of_its_own() -> None:
    assert len(CURVES) == len(growth.CURVES) == 8


def test_latency_that_grows() -> None:
    curve = measure("latency-by-size")
    small, large = curve.points
    assert large.at > 70_000 > 1000 > small.at
    assert 2_000 * large.at < large.low <= large.middle <= large.high
    assert small.middle < large.middle
    assert (curve.measure, curve.unit, curve.interruptible) == ("latency", "ns", True)


def test_latency_of_many() -> None:
    curve = measure("latency-by-instances")
    assert [point.at for point in curve.points] == [1, 64]
    assert all(0 < point.low <= point.middle <= point.high for point in curve.points)


def test_overhead() -> None:
    curve = measure("overhead-by-bulk")
    assert (curve.measure, curve.unit) == ("on / off", "ratio")
    for point in curve.points:
        assert 1.4 < point.low <= point.middle <= point.high < 2.6


@pytest.mark.parametrize(
    ("curve", "engine", "why"),
    [
        ("latency-by-bulk", "NoBulk", "does not offer bulk-memory"),
        ("overhead-by-bulk", "NoBulk", "does not offer bulk-memory"),
        ("latency-by-body", "Stubborn", "cannot be interrupted"),
        ("overhead-by-body", "Stubborn", "cannot be interrupted"),
    ],
)
def test_what_an_engine_does_not_offer_is_no_fault(curve: str, engine: str, why: str) -> None:
    with pytest.raises(Unmeasurable, match=why) as caught:
        measure(curve, engine)
    assert isinstance(caught.value.outcome, Unsupported)


@pytest.mark.parametrize("what", ["compile", "instantiate"])
def test_where_nothing_can_be_interrupted_there_is_no_cost_of_it(
    what: Literal["compile", "instantiate"],
) -> None:
    with pytest.raises(Unmeasurable, match="cannot be interrupted") as caught:
        cost.measure(what, f"{ENGINES}/growing.py:Stubborn", FEW)
    assert isinstance(caught.value.outcome, Unsupported)


def test_what_does_not_stop_is_a_point_without_figures() -> None:
    impatient = msgspec.structs.replace(FEW, patience=200 * MS)
    curve = CURVES["latency-by-size"].measure(f"{ENGINES}/growing.py:Deaf", impatient)
    small, large = curve.points
    assert small.noise == ""
    assert small.high < large.low
    assert "expected an interruption by its deadline, got: Hung" in large.noise


def test_an_endless_call_that_returns_is_told() -> None:
    with pytest.raises(Unmeasurable, match="expected an interruption by its deadline, got"):
        measure("latency-by-body", "Hasty")


def test_an_endless_call_that_is_interrupted_too_early_is_told() -> None:
    with pytest.raises(Unmeasurable, match=r"an endless call: .* before its deadline: Interrupted"):
        measure("latency-by-body", "Early")


def test_a_clock_that_says_otherwise_is_not_believed() -> None:
    for point in measure("latency-by-body", "Backdated").points:
        assert point.noise == ""
        assert point.low >= 100 * MS


def test_answers_that_differ_are_told() -> None:
    with pytest.raises(Unmeasurable, match=r"rounds: expected .*, got"):
        measure("overhead-by-body", "Fickle")


def test_cost() -> None:
    for what, factor in (("compile", 2), ("instantiate", 3)):
        results = cost.measure(what, GROWING, FEW)  # type: ignore[arg-type]
        assert [result.what for result in results] == [what] * 2
        assert [result.module for result in results] == ["1 function", "512 functions"]
        assert results[0].size < 1000 < 70_000 < results[1].size
        large = results[1]
        assert factor - 0.9 < large.low <= large.ratio <= large.high < factor + 0.9
        off, on = cost.curves(results)
        assert off.id == on.id == f"{what}-by-size"
        assert (off.interruptible, on.interruptible) == (False, True)
        assert [point.at for point in on.points] == [result.size for result in results]
        assert on.points[1].low > off.points[1].low
