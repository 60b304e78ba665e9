"""The case of the fixtures, as the plugin runs it: lateness is believed when it happens in every round."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import msgspec
import pytest

from cases.test_scenarios import test_scenario as case
from harness import rounds
from harness.results import ScenarioResult, Verdict
from harness.scenarios import Options, Workers
from harness.scenarios.options import MS, S

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.registry import Choice
    from harness.results import Result
    from harness.scenarios import Scenario

OPTIONS = Options(deadline=20 * MS, bound=800 * MS, patience=60 * S, idle=20 * MS)


@pytest.fixture
def play(make: Callable[..., Scenario], engine: Callable[..., Choice]) -> Callable[..., ScenarioResult]:
    """The result; in the reach `instance`, where a process is used again in the next round."""

    def play(name: str, options: Options = OPTIONS) -> ScenarioResult:
        results: list[Result] = []
        with Workers() as workers:
            scenario = make("run: spin", "interrupted")
            given = partial(case, engine(name).engine, True, scenario, "deadline", "instance")
            rounds.run(partial(given, options, workers, results.append), results, lambda: None)
        (result,) = results
        assert isinstance(result, ScenarioResult)
        return result

    return play


def test_once(play: Callable[..., ScenarioResult]) -> None:
    result = play("stopping.py:LateOnce")
    assert result.verdict is Verdict.TERMINATED
    assert result.detail.startswith("round 2, before it: ")
    assert len(result.latencies) == 2


def test_always(play: Callable[..., ScenarioResult]) -> None:
    with pytest.raises(pytest.fail.Exception, match=r"^late-interrupted: .* late, allowed are 100 ms"):
        play("stopping.py:Late", msgspec.structs.replace(OPTIONS, bound=100 * MS))
