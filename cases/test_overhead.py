"""What being interruptible costs, a kernel each: how much is for whoever reads the certificate to judge."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cases.measuring import measuring
from harness.measure import overhead

if TYPE_CHECKING:
    from harness.plugin import Record
    from harness.scenarios import Options, Scenario

pytestmark = pytest.mark.timeout(3600)


def test_overhead(engine: str, kernel: Scenario, options: Options, record: Record) -> None:
    with measuring():
        result = overhead.measure(kernel, engine, options.pairs)
    record(result)
    assert len(result.off) == len(result.on) > 0
