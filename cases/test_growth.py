"""How latency and overhead grow, a curve each: shown, and not judged, but what must stop must stop."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.measure.growth import CURVES, Curve
from harness.measure.sides import Unmeasurable
from harness.outcome import Unsupported

if TYPE_CHECKING:
    from harness.plugin import Record
    from harness.scenarios import Options


@pytest.mark.parametrize("curve", CURVES, ids=lambda curve: curve.id)
def test_growth(engine: str, curve: Curve, options: Options, record: Record) -> None:
    try:
        result = curve.measure(engine, options)
    except Unmeasurable as error:
        if isinstance(error.outcome, Unsupported):
            pytest.skip(f"unsupported: {error}")
        pytest.fail(str(error), pytrace=False)
    record(result)
    assert result.id == curve.id
    assert result.points
