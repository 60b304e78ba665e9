"""`stopwat adapter check`: every adapter keeps to the protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.adapter.checking import run

if TYPE_CHECKING:
    from tests.adapters.conftest import Workers


def test_it_keeps_to_the_protocol(workers: Workers, engine: str) -> None:
    rows = {row.check.name: row for row in run(engine, patience=60)}
    wrong = {name: row.message for name, row in rows.items() if row.status in ("failed", "not run")}
    assert wrong == {}
    assert rows["results"].status == "passed"
