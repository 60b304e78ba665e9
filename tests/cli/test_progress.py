"""Whoever sits at a terminal sees what goes on; nobody else does."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

import pytest

from harness import announce

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import InTerminal, Stopwat

BUILT = """
import time
from harness.engine import Unavailable
from harness.registry import Program

class Built(Program):
    def command(self, announce):
        announce("cc -O2 engine.c")
        time.sleep(1)
        raise Unavailable("cc has no such option")

built = Built()
"""
SPIN = '(module (func (export "spin") (loop (br 0))))'


@pytest.fixture
def run(stopwat: Stopwat, tmp_path: Path) -> tuple[str, ...]:
    """Arguments of a command that has to build its engine, in vain."""
    (tmp_path / "built.py").write_text(BUILT)
    (tmp_path / "spin.wat").write_text(SPIN)
    return "run", "spin.wat", "--invoke=spin", "--engine=built:built"


def test_a_build_is_shown_in_a_terminal(run: tuple[str, ...], in_terminal: Callable[..., InTerminal]) -> None:
    started = in_terminal(*run)
    shown = started.shown()
    assert started.process.wait(timeout=300) == 2
    assert "cc -O2 engine.c" in shown
    assert "cc has no such option" in shown


def test_nothing_is_shown_elsewhere(stopwat: Stopwat, run: tuple[str, ...]) -> None:
    said = stopwat(*run)
    assert (said.status, said.out, said.told) == (2, "", "stopwat: cc has no such option")


def test_what_is_entered_is_put_back() -> None:
    entered = []

    def around(what: str) -> AbstractContextManager[object]:
        entered.append(what)
        return nullcontext()

    before = announce.show(around)
    try:
        with announce.announced("a build"):
            assert entered == ["a build"]
    finally:
        assert announce.show(before) is around
