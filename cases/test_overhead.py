"""What being interruptible costs, a kernel each: how much is for whoever reads the certificate to judge."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.measure import overhead
from harness.measure.sides import Unmeasurable
from harness.outcome import Unsupported
from harness.scenarios import FixtureError, Options, Scenario

if TYPE_CHECKING:
    from harness.plugin import Record


def test_overhead(engine: str, kernel: Scenario, options: Options, record: Record) -> None:
    try:
        result = overhead.measure(kernel, engine, options.pairs)
    except FixtureError as error:
        pytest.fail(str(error), pytrace=False)
    except Unmeasurable as error:
        if isinstance(error.outcome, Unsupported):
            pytest.skip(f"unsupported: {error}")
        pytest.fail(str(error), pytrace=False)
    record(result)
    assert len(result.off) == len(result.on) > 0
