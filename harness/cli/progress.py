"""The progress of a session of pytest, as a bar; silent where standard error is no terminal."""

from __future__ import annotations

import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import pytest
from rich.text import Text

from harness import announce
from harness.cli.terminal import bar, console
from harness.plugin.luggage import why
from harness.plugin.recorder import CERTIFICATES, FAULTS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from harness.certificate import Certificate


class Watcher:
    """A plugin that draws the bar and keeps what the session found; a context manager around it."""

    def __init__(self) -> None:
        self.certificates: dict[str, Certificate] = {}
        self.faults: list[str] = []
        self.broken = False
        """Whether the session ended by a fault of its own."""
        self._progress = bar(console(sys.stderr))
        self._task = self._progress.add_task("looking for cases", total=None)

    def __enter__(self) -> Watcher:
        self._progress.start()
        self._around = announce.show(self._working)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        announce.show(self._around)
        with suppress(OSError):  # the terminal may be gone; what was found is not
            self._progress.stop()

    @contextmanager
    def _working(self, what: str) -> Iterator[None]:
        """Show what an item waits for."""
        before = self._progress.tasks[0].description
        self._progress.update(self._task, description=what)
        yield
        self._progress.update(self._task, description=before)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Now it is known how much there is to do."""
        self._progress.update(self._task, total=len(session.items))

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        """The same when other processes collect."""
        self._progress.update(self._task, total=len(ids))

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Say what runs."""
        self._progress.update(self._task, description=_short(nodeid))

    def pytest_runtest_logfinish(self) -> None:
        """One more is done."""
        self._progress.advance(self._task)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Show at once what goes wrong."""
        if report.failed and not self._progress.disable:
            line = Text.assemble(("✗ ", "red"), (_short(report.nodeid), "bold"), f"  {why(report)}")
            line.truncate(self._progress.console.width, overflow="ellipsis")
            with suppress(OSError):
                self._progress.print(line)

    def pytest_internalerror(self) -> None:
        """The session itself is broken."""
        self.broken = True

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """So it is when cases cannot be read."""
        self.broken = self.broken or report.failed

    def pytest_unconfigure(self, config: pytest.Config) -> None:
        """Take over what was found."""
        self.certificates = config.stash.get(CERTIFICATES, {})
        self.faults = config.stash.get(FAULTS, [])


def _short(nodeid: str) -> str:
    """``test_scenario[interp-loop-br-on]`` in few words: its parameters, if it has any."""
    name = nodeid.rpartition("::")[2]
    inside = name.partition("[")[2].removesuffix("]")
    return inside or name
