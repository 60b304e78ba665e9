"""How fast an engine is against native code, a kernel each: shown, and not judged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cases.measuring import measuring
from harness.measure import speed
from harness.registry import Choice

if TYPE_CHECKING:
    from harness.plugin import Record
    from harness.scenarios import Options, Scenario

pytestmark = pytest.mark.timeout(3600)


def test_speed(engine: str, kernel: Scenario, options: Options, record: Record) -> None:
    with measuring():
        result = speed.measure(kernel, Choice(engine), options.pairs)
    record(result)
    assert len(result.engine) == len(result.native) > 0
