"""Where a result comes from."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from harness import provenance

if TYPE_CHECKING:
    import pytest


def test_only_the_processors_that_may_be_used_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _process: {0, 5, 9}, raising=False)
    assert provenance.processors() == provenance.machine().cores == 3
    monkeypatch.delattr(os, "sched_getaffinity")
    assert provenance.processors() == 64
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert provenance.processors() == 1
