"""Every fixture under ``wat/``: on and off, told to stop in every way that makes sense,
however the call comes to the code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.registry import Choice
from harness.results import Verdict
from harness.scenarios import FixtureError, Options, Scenario, Workers, run_scenario

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.plugin import Record
    from harness.results import Reach, Way


def test_scenario(
    engine: str,
    interruptible: bool,
    scenario: Scenario,
    way: Way,
    reach: Reach,
    options: Options,
    workers: Workers,
    record: Record,
) -> None:
    choice = Choice(engine, interruptible=interruptible)
    try:
        result = run_scenario(scenario, choice, way, options, workers, reach=reach)
    except FixtureError as error:
        raise pytest.fail.Exception(str(error), pytrace=False) from None
    record(result)
    if result.verdict is Verdict.UNSUPPORTED:
        pytest.skip(f"unsupported: {result.detail}")
    if not result.verdict.good:
        pytest.fail(f"{result.verdict.value}: {result.detail}", pytrace=False)


def test_no_fixture_is_left_out(engine: str, wrong_fixtures: Sequence[FixtureError]) -> None:
    if wrong_fixtures:
        pytest.fail("\n".join(map(str, wrong_fixtures)), pytrace=False)
