"""What the harness itself adds to every latency in the certificate, measured in the same run."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import pytest

from harness.measure import floor
from harness.results import Way

if TYPE_CHECKING:
    from harness.plugin import Record

REPETITIONS = 100
"""As many as a 99th percentile takes."""


@pytest.mark.parametrize("way", get_args(Way))
def test_floor(engine: str, way: Way, record: Record) -> None:
    result = floor.measure(REPETITIONS, way)
    record(result)
    assert len(result.latencies) == REPETITIONS, f"only {len(result.latencies)} of {REPETITIONS} calls"
