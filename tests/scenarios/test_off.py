"""The case `off-costs-nothing`, on engines that cost a known amount of processor time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cases import test_transparency as transparency
from harness.results import Verdict
from harness.scenarios import Options, Workers

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.results import Result, ScenarioResult
    from harness.scenarios import Scenario


@pytest.mark.parametrize(
    ("name", "verdict", "told"),
    [
        ("Free", Verdict.RIGHT, "case: "),
        ("Nearly", Verdict.RIGHT, "case: "),
        ("Pays", Verdict.WRONG_OUTCOME, "off is slower than without the option, 3 times: case: "),
        ("Mistaken", Verdict.WRONG_OUTCOME, "case: expected returns, got: Returned"),
        ("Promises", Verdict.WRONG_OUTCOME, "nowhere:Plain, which it names, cannot be had: "),
        ("Costly", Verdict.UNSUPPORTED, "names no build of itself without the option"),
    ],
)
def test_who_pays_although_it_is_off(
    perform_case: Callable[..., tuple[ScenarioResult, list[Result]]],
    make: Callable[..., Scenario],
    name: str,
    verdict: Verdict,
    told: str,
) -> None:
    scenarios = {kernel: make("run: return", "returns", off="returns") for kernel in transparency.KERNELS}
    with Workers() as workers:
        test, options = transparency.test_off_costs_nothing, Options(pairs=3)
        result, _ = perform_case(f"costly.py:{name}", test, options, workers, scenarios)
    if "too noisy" in result.detail:
        pytest.skip(result.detail)
    assert result.verdict is verdict, result.detail
    assert told in result.detail
