"""What it costs to compile and to instantiate modules, on and off: shown, and not judged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest

from cases.measuring import measuring
from harness.measure import cost

if TYPE_CHECKING:
    from harness.plugin import Record
    from harness.scenarios import Options

pytestmark = pytest.mark.timeout(3600)


@pytest.mark.parametrize("what", ["compile", "instantiate"])
def test_cost(engine: str, what: Literal["compile", "instantiate"], options: Options, record: Record) -> None:
    with measuring():
        results = cost.measure(what, engine, options)
    for result in results:
        record(result)
    for curve in cost.curves(results):
        record(curve)
    assert all(len(result.off) == len(result.on) > 0 for result in results)
