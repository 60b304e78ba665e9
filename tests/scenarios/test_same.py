"""The case `same-trap`, on an engine that cancellation changes, and on some that it does not."""

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
    ("name", "told"), [("Honest", None), ("Explains", None), ("Stores", "case: on (Trapped(")]
)
def test_same_trap(
    perform_case: Callable[..., tuple[ScenarioResult, list[Result]]],
    make: Callable[..., Scenario],
    name: str,
    told: str | None,
) -> None:
    module = "run: trap unreachable\nmemory: memory 8"
    traps = make(module, "traps unreachable", off="traps unreachable", progress="memory")
    with Workers() as workers:
        result, _ = perform_case(
            f"telling.py:{name}", transparency.test_same_trap, Options(), workers, {"case": traps}
        )
    if told is None:
        assert result.verdict.good, result.detail
    else:
        assert result.verdict is Verdict.WRONG_OUTCOME
        assert told in result.detail
