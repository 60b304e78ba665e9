"""Curves of engines whose growth is known."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Literal

import msgspec
import pytest

from harness.context import Cause
from harness.engine import Capabilities
from harness.measure import cost, growth
from harness.measure.sides import Load, NotOffered, Unmeasurable
from harness.outcome import Interrupted, Returned
from harness.sandbox.protocol import Command, Invoke, Welcome
from harness.sandbox.supervisor import Report
from harness.scenarios import Options
from harness.scenarios.options import MS, S

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

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


class Queue:
    """In place of a worker: calls begin `apart` (ns) from each other, take a millisecond more than they may,
    and are told of a tenth of a second later.
    """

    welcome = Welcome("queue", "1", Capabilities())

    def __init__(self, apart: int) -> None:
        self.apart = apart
        self.timeouts: list[int] = []

    def run(self, commands: Sequence[Command], *, patience: float) -> Iterator[Report]:
        return (Report(index, Returned(), 0, 0, None, 0) for index, _ in enumerate(commands))

    def submit(self, commands: Sequence[Invoke]) -> Any:
        (call,) = commands
        assert call.limits is not None
        assert call.limits.timeout is not None
        self.timeouts.append(call.limits.timeout)
        started = int(call.instance.removeprefix("i")) * self.apart
        done = started + call.limits.timeout
        report = Report(0, Interrupted(Cause.DEADLINE), started, done + MS, done, done + 101 * MS)
        return SimpleNamespace(sent=0, reports=lambda *, patience: iter([report]))


@pytest.mark.parametrize(
    ("instances", "apart", "late", "timeout"),
    [
        (1, 0, 101 * MS, 7 * MS),  # alone: its clock is not believed
        (2, 0, MS, 9 * MS),
        (2, 9 * MS, MS, 9 * MS),
        (2, 20 * MS, MS, 36 * MS),  # the second had not begun when the first had ended, until both ran longer
    ],
)
def test_calls_are_measured_while_all_of_them_run(
    instances: int, apart: int, late: int, timeout: int
) -> None:
    queue = Queue(apart)
    few = msgspec.structs.replace(FEW, repetitions=3 * instances)
    latencies = growth._latencies(queue, Load(1, b"", instances), few)  # type: ignore[arg-type]
    assert latencies == ([late] * 3 * instances, "")
    assert queue.timeouts[-4 * instances :] == [timeout] * 4 * instances


def test_calls_that_never_run_at_once_are_noise() -> None:
    _, noise = growth._latencies(Queue(apart=10 * S), Load(1, b"", 2), FEW)  # type: ignore[arg-type]
    assert noise == "in 9 s they did not all come to run"


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
    with pytest.raises(NotOffered, match=why):
        measure(curve, engine)


def test_what_it_declares_and_refuses_is_one() -> None:
    with pytest.raises(Unmeasurable, match="this size") as caught:
        measure("latency-by-body", "Shy")
    assert not isinstance(caught.value, NotOffered)


@pytest.mark.parametrize("what", ["compile", "instantiate"])
def test_where_nothing_can_be_interrupted_there_is_no_cost_of_it(
    what: Literal["compile", "instantiate"],
) -> None:
    with pytest.raises(NotOffered, match="cannot be interrupted"):
        cost.measure(what, f"{ENGINES}/growing.py:Stubborn", FEW)


def test_what_does_not_stop_is_a_point_without_figures() -> None:
    impatient = msgspec.structs.replace(FEW, patience=1000 * MS)
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
