"""How latency and overhead grow, a curve each: shown, not judged; whether calls stop, scenarios say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cases.measuring import measuring
from harness.measure.growth import CURVES, Curve

if TYPE_CHECKING:
    from harness.plugin import Record
    from harness.scenarios import Options

pytestmark = pytest.mark.timeout(3600)


@pytest.mark.parametrize("curve", CURVES, ids=lambda curve: curve.id)
def test_growth(engine: str, curve: Curve, options: Options, record: Record) -> None:
    with measuring():
        result = curve.measure(engine, options)
    record(result)
    assert result.id == curve.id
    assert result.points
