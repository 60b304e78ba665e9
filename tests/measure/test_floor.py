"""The harness's own part in a latency."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.measure import floor

if TYPE_CHECKING:
    from harness.results import Way


@pytest.mark.parametrize("way", ["deadline", "cancel", "close"])
def test_floor(way: Way) -> None:
    result = floor.measure(3, way)
    assert result.way == way
    assert len(result.latencies) == 3
    assert all(latency >= 0 for latency in result.latencies)
