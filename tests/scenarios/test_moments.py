"""The cases about time and about crowds, on engines that go wrong only at the edge or only in a crowd."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cases import test_isolation as isolation
from cases import test_when as when
from harness.results import Verdict
from harness.scenarios import Options, Workers, discover
from harness.scenarios.options import MS, S

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.results import Result, ScenarioResult

OPTIONS = Options(deadline=20 * MS, bound=60 * S, patience=1 * S, rounds=400, many=6)
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
    with Workers() as workers:
        result, _ = perform_case(name, test, OPTIONS, workers, SCENARIOS)
    assert result.verdict is verdict, result.detail
