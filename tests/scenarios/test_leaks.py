"""The case `after-leaks` on engines that leak one thing each, and on engines that only grow at first."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from cases import test_afterwards as afterwards
from harness.results import CurveResult, ScenarioResult, Verdict
from harness.scenarios import Options, Workers
from harness.scenarios.footprint import SAMPLES, growth
from harness.scenarios.options import S

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.results import Result
    from harness.scenarios import Scenario

OPTIONS = Options(calls=120, bound=60 * S, patience=60 * S)
ALL = ["threads", "descriptors", "timers", "resident-memory"]


@pytest.fixture
def leaks(
    make: Callable[..., Scenario], perform_case: Callable[..., tuple[ScenarioResult, list[Result]]]
) -> Callable[[str], tuple[ScenarioResult, list[Result]]]:
    """The case's result and what else it recorded."""

    def leaks(name: str) -> tuple[ScenarioResult, list[Result]]:
        scenarios = {"loop-br": make("run: spin", "interrupted")}
        with Workers() as workers:
            return perform_case(name, afterwards.test_after_leaks, OPTIONS, workers, scenarios)

    return leaks


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("Warms", None),
        ("Breathes", None),
        ("LeaksThreads", "threads"),
        ("LeaksDescriptors", "descriptors"),
        pytest.param(
            "LeaksTimers",
            "timers",
            marks=pytest.mark.skipif(sys.platform != "linux", reason="no other system shows timers"),
        ),
        ("LeaksMemory", "resident memory"),
    ],
)
def test_what_leaks_is_named(
    leaks: Callable[[str], tuple[ScenarioResult, list[Result]]], name: str, what: str | None
) -> None:
    result, _ = leaks(f"leaking.py:{name}")
    if what is None:
        assert result.verdict is Verdict.TERMINATED, result.detail
    else:
        assert result.verdict is Verdict.WRONG_OUTCOME
        assert f"{what} more in the last quarter of 120 calls than before" in result.detail


def test_what_leaks_little_but_steadily_is_named(
    leaks: Callable[[str], tuple[ScenarioResult, list[Result]]],
) -> None:
    result, _ = leaks("leaking.py:LeaksDescriptorsNowAndThen")
    assert result.verdict is Verdict.WRONG_OUTCOME
    assert "descriptors more, some in every quarter of 120 calls" in result.detail


def test_the_curve(leaks: Callable[[str], tuple[ScenarioResult, list[Result]]]) -> None:
    _, results = leaks("leaking.py:LeaksDescriptors")
    curves = {curve.id: curve for curve in results if isinstance(curve, CurveResult)}
    assert set(curves) <= {f"{name}-by-calls" for name in ALL}
    threads, descriptors = curves["threads-by-calls"].points, curves["descriptors-by-calls"].points
    assert len(threads) == len(descriptors) == 20
    assert [point.at for point in threads] == sorted(point.at for point in threads)
    assert all(point.low <= point.middle <= point.high for point in descriptors)
    # one a call, but for what the process itself opens and closes
    calls = descriptors[-1].at - descriptors[0].at
    assert descriptors[-1].middle - descriptors[0].middle == pytest.approx(calls, abs=3)
    assert threads[-1].high - threads[0].low <= 2


@pytest.mark.parametrize(
    ("samples", "more"),
    [
        ([], (0, 0, 0)),
        ([7], (0, 0, 0)),
        ([5, 6, 7], (0, 0, 0)),
        ([5, 5, 5, 5], (0, 0, 0)),
        ([1, 2, 3, 4, 5, 6, 7, 8], (2, 2, 2)),
        ([1, 5, 9, 9, 9, 9, 9, 9], (6, 0, 0)),
        ([9, 9, 9, 9, 9, 9, 9, 90, 9, 9, 9, 9, 9, 9, 9, 90], (0, 0, 0)),
        ([9, 9, 9, 9, 9, 9, 1, 1], (0, 0, -8)),
        (list(range(SAMPLES)), (SAMPLES / 4,) * 3),
    ],
)
def test_growth(samples: list[int], more: tuple[float, ...]) -> None:
    assert growth(samples) == more
