"""How fast an engine is against native code, a kernel each: shown, and not judged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.measure import speed
from harness.measure.native import NotNative
from harness.measure.sides import Unmeasurable
from harness.outcome import Unsupported
from harness.registry import Choice
from harness.scenarios import FixtureError, Options, Scenario

if TYPE_CHECKING:
    from harness.plugin import Record


def test_speed(engine: str, kernel: Scenario, options: Options, record: Record) -> None:
    try:
        result = speed.measure(kernel, Choice(engine), options.pairs)
    except NotNative as error:
        pytest.skip(str(error))
    except FixtureError as error:
        pytest.fail(str(error), pytrace=False)
    except Unmeasurable as error:
        if isinstance(error.outcome, Unsupported):
            pytest.skip(f"unsupported: {error}")
        pytest.fail(str(error), pytrace=False)
    record(result)
    assert len(result.engine) == len(result.native) > 0
