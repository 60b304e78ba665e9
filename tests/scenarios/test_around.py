"""Before and after the call: what the call must do is no excuse for what is around it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from harness.outcome import Hung, Trapped
from harness.results import Verdict
from harness.sandbox.protocol import Limits
from harness.scenarios import Options, Workers, run_scenario
from harness.scenarios.options import MS, S

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from harness.registry import Choice
    from harness.results import Result, ScenarioResult
    from harness.scenarios import Scenario
    from harness.scenarios.play import Play

OPTIONS = Options(deadline=20 * MS, bound=60 * S, repetitions=1, warmup=0, grace=20 * MS, idle=20 * MS)


@pytest.mark.parametrize(
    ("name", "verdict", "told"),
    [
        ("HangsInCompile", Verdict.HUNG, "does not compile: killed after 1 s"),
        ("HangsInInstantiate", Verdict.HUNG, "does not instantiate: killed after 1 s"),
    ],
)
@pytest.mark.parametrize("interruptible", [True, False])
def test_who_hangs_before_the_call_does_not_run_on(
    make: Callable[..., Scenario],
    engine: Callable[..., Choice],
    name: str,
    verdict: Verdict,
    told: str,
    interruptible: bool,
) -> None:
    scenario, choice = (
        make("run: spin", "interrupted"),
        engine(f"around.py:{name}", interruptible=interruptible),
    )
    options = msgspec.structs.replace(OPTIONS, setup=1 * S)
    result = run_scenario(scenario, choice, "deadline", options)
    assert (result.verdict, result.detail) == (verdict, told)
    assert isinstance(result.outcome, Hung)


@pytest.mark.parametrize(("invoke", "verdict"), [("run", Verdict.WRONG_OUTCOME), (None, Verdict.RIGHT)])
def test_who_traps_before_the_call_does_not_trap_in_it(
    make: Callable[..., Scenario], engine: Callable[..., Choice], invoke: str | None, verdict: Verdict
) -> None:
    """Where the instantiation is the call, the same is right."""
    scenario = make("run: trap unreachable", "traps unreachable", invoke=invoke)
    result = run_scenario(scenario, engine("around.py:TrapsInInstantiate"), "deadline", OPTIONS)
    assert result.verdict is verdict, result.detail
    assert isinstance(result.outcome, Trapped)
    assert result.detail.startswith("does not instantiate: ") is (invoke is not None)


@pytest.mark.parametrize(("interruptible", "verdict"), [(True, Verdict.TERMINATED), (False, Verdict.RIGHT)])
def test_who_takes_its_time_before_the_call(
    make: Callable[..., Scenario], engine: Callable[..., Choice], interruptible: bool, verdict: Verdict
) -> None:
    choice = engine("around.py:TakesItsTime", interruptible=interruptible)
    result = run_scenario(make("run: spin", "interrupted"), choice, "deadline", OPTIONS)
    assert result.verdict is verdict, result.detail


@pytest.mark.parametrize(
    ("name", "bound", "verdict"),
    [
        ("BeginsSlowly", 390 * MS, Verdict.TERMINATED),
        ("BeginsTooSlowly", 1 * S, Verdict.LATE_INTERRUPTED),
        ("BeginsTooSlowly", 60 * S, Verdict.TERMINATED),
    ],
)
def test_a_slow_start_is_no_late_stop_unless_it_is_very_slow(
    make: Callable[..., Scenario], engine: Callable[..., Choice], name: str, bound: int, verdict: Verdict
) -> None:
    options = msgspec.structs.replace(OPTIONS, bound=bound)
    result = run_scenario(make("run: spin", "interrupted"), engine(f"around.py:{name}"), "deadline", options)
    assert result.verdict is verdict, result.detail


CLEANING = [
    ("HangsInDrop", Verdict.HUNG, "cleaning up: killed after 2 s"),
    ("FailsInDrop", Verdict.WRONG_OUTCOME, "cleaning up: KeyError: 'case:case'"),
    ("DropsSlowly", Verdict.TERMINATED, ""),
]
PATIENT = msgspec.structs.replace(OPTIONS, setup=2 * S)


@pytest.mark.parametrize(("name", "verdict", "told"), CLEANING)
def test_cleaning_up_must_succeed(
    make: Callable[..., Scenario], engine: Callable[..., Choice], name: str, verdict: Verdict, told: str
) -> None:
    """In the reach `instance`, after which the process is used again."""
    choice = engine(f"around.py:{name}")
    result = run_scenario(make("run: spin", "interrupted"), choice, "deadline", PATIENT, reach="instance")
    assert (result.verdict, result.detail) == (verdict, told)


@pytest.mark.parametrize(("name", "verdict", "told"), CLEANING)
def test_cleaning_up_must_succeed_in_a_case_that_is_written_out(
    make: Callable[..., Scenario],
    perform_case: Callable[..., tuple[ScenarioResult, list[Result]]],
    name: str,
    verdict: Verdict,
    told: str,
) -> None:
    def stop(case: AbstractContextManager[Play]) -> None:
        with case as play:
            play.call(play.stage("spin"), Limits(timeout=20 * MS), "interrupted")

    with Workers() as workers:
        scenarios = {"spin": make("run: spin", "interrupted")}
        result, _ = perform_case(f"around.py:{name}", stop, PATIENT, workers, scenarios)
    assert (result.verdict, result.detail) == (verdict, told)
