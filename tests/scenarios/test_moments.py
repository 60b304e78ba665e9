"""The cases about time and about crowds, on engines that go wrong only at the edge or only in a crowd."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import msgspec
import pytest

from cases import test_compile as compiling
from cases import test_isolation as isolation
from cases import test_when as when
from harness.outcome import Failed
from harness.results import Verdict
from harness.sandbox.protocol import Close, Instantiate
from harness.scenarios import Options, Workers, discover
from harness.scenarios.options import MS, S

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.registry import Choice
    from harness.results import Result, ScenarioResult
    from harness.scenarios import Scenario

OPTIONS = Options(deadline=20 * MS, bound=60 * S, patience=60 * S, rounds=400, many=6)
SCENARIOS = {scenario.id: scenario for scenario in discover().scenarios}
WRONG, HUNG, STOPPED = Verdict.WRONG_OUTCOME, Verdict.HUNG, Verdict.TERMINATED
FINISH, TRAP, BESIDE = (
    when.test_cancel_at_finish,
    when.test_cancel_vs_trap,
    isolation.test_isolate_one_of_many,
)


@pytest.mark.parametrize(
    ("name", "test", "verdict"),
    [
        ("edges.py:Torn", FINISH, WRONG),
        ("edges.py:Torn", TRAP, STOPPED),
        ("edges.py:Mistaken", FINISH, STOPPED),
        ("edges.py:Mistaken", TRAP, WRONG),
        ("edges.py:Poisoned", FINISH, WRONG),
        ("edges.py:Crowded", FINISH, STOPPED),
        ("edges.py:Crowded", BESIDE, HUNG),
        ("edges.py:Crowded", isolation.test_isolate_saturated_many_threads, HUNG),
        ("claiming.py:ClaimsToPoll", isolation.test_isolate_saturated_many_threads, HUNG),
    ],
)
def test_what_goes_wrong_at_the_edge(
    perform_case: Callable[..., tuple[ScenarioResult, list[Result]]],
    name: str,
    test: Callable[..., object],
    verdict: Verdict,
) -> None:
    options = msgspec.structs.replace(OPTIONS, patience=1 * S) if verdict is HUNG else OPTIONS
    with Workers() as workers:
        result, _ = perform_case(name, test, options, workers, SCENARIOS)
    assert result.verdict is verdict, result.detail


def test_however_few_rounds_are_asked_for_a_sweep_sees_both_ends(
    perform_case: Callable[..., tuple[ScenarioResult, list[Result]]],
) -> None:
    once = msgspec.structs.replace(OPTIONS, rounds=1)
    with Workers() as workers:
        result, _ = perform_case("edges.py:Crowded", FINISH, once, workers, SCENARIOS)
        assert result.verdict is STOPPED, result.detail
        result, _ = perform_case("edges.py:Crowded", when.test_cancel_vs_close, once, workers, SCENARIOS)
        assert result.verdict is STOPPED, result.detail


@pytest.mark.parametrize(
    ("name", "test", "names"),
    [
        ("honest.py:Honest", when.test_cancel_during_instantiate, ["another"]),
        ("growing.py:Unhurried", compiling.test_cancel_during_compile, ["large", "given up"]),
    ],
)
def test_what_a_case_has_made_is_forgotten(
    perform_case: Callable[..., tuple[ScenarioResult, list[Result]]],
    engine: Callable[..., Choice],
    make: Callable[..., Scenario],
    name: str,
    test: Callable[..., object],
    names: list[str],
) -> None:
    scenarios = {id: make("start: return", "interrupted") for id in ("segments-huge", "loop-br")}
    with Workers() as workers:
        result, _ = perform_case(name, test, OPTIONS, workers, scenarios)
        assert result.verdict is STOPPED, result.detail
        with workers.take(engine(name)) as worker:
            for made in names:
                commands = Close(made), Instantiate("new", made)
                assert [report.outcome for report in worker.run(commands, patience=60)] == [
                    Failed(f"LookupError: no instance named {made!r}"),
                    Failed(f"LookupError: no module named {made!r}"),
                ]


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="processors can be taken away on Linux only")
def test_processors_are_saturated_that_may_be_used() -> None:
    script = (
        "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))});"
        "from cases.moments import SATURATED; print(SATURATED)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, text=True)
    assert done.stdout == "2\n"
