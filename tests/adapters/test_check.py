"""`stopwat adapter check`: every adapter keeps to the protocol; one of its engines stands for all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness import registry
from harness.adapter.checking import run

if TYPE_CHECKING:
    from tests.adapters.conftest import Workers

ADAPTERS = {registry.resolve(name).partition(":")[0]: name for name in registry.names()}


@pytest.mark.parametrize("engine", ADAPTERS.values(), indirect=True)
def test_it_keeps_to_the_protocol(workers: Workers, engine: str) -> None:
    rows = {row.check.name: row for row in run(engine, patience=60)}
    wrong = {name: row.message for name, row in rows.items() if row.status in ("failed", "not run")}
    assert wrong == {}
    assert rows["results"].status == "passed"
