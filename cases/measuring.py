"""What comes of a case that measures, if nothing can be measured."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from harness.measure.native import NotNative
from harness.measure.sides import NotOffered, Unmeasurable
from harness.scenarios import FixtureError

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def measuring() -> Iterator[None]:
    """Fail the case in one line, or skip it where the engine or this machine does not offer what it needs."""
    try:
        yield
    except NotNative as error:
        pytest.skip(str(error))
    except FixtureError as error:
        pytest.fail(str(error), pytrace=False)
    except NotOffered as error:
        pytest.skip(f"unsupported: {error}")
    except Unmeasurable as error:
        pytest.fail(str(error), pytrace=False)
