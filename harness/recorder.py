"""Gathers what the cases found, process by process, and makes a certificate an engine of it."""

from __future__ import annotations

import signal
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from harness.certificate import Certificate, Header, Item
    from harness.results import Result
    from harness.sandbox.protocol import Welcome

CERTIFICATES = pytest.StashKey["dict[str, Certificate]"]()
"""What a session found, by engine as asked for; there when cases ran and the session is over."""

NOTES = pytest.StashKey["list[str]"]()
"""Lines about its certificates: where they were written, or why there are none."""


class Luggage(TypedDict):
    """What a report carries from the process that ran the item to the one that keeps the books."""

    engine: str
    results: list[str]
    """Each a `Result` as JSON."""
    planned: dict[str, list[str]]
    """By engine, the items that process had collected; in its first report only."""


def luggage(engine: str, results: Sequence[Result], planned: dict[str, list[str]]) -> Luggage:
    """Pack a report."""
    import msgspec

    return {
        "engine": engine,
        "results": [msgspec.json.encode(result).decode() for result in results],
        "planned": planned,
    }


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


class Recorder:
    """The plugin that keeps the books; not in the workers of pytest-xdist."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.started = _now()
        self.welcomes: dict[str, Welcome] = {}
        self.reports: dict[str, dict[str, list[pytest.TestReport]]] = {}
        """By engine and item."""
        self.planned: dict[str, list[str]] = {}
        self.cut_short = ""
        self.notes = config.stash.setdefault(NOTES, [])

    def pytest_sessionstart(self) -> None:
        """An engine that was asked for by name had better be there."""
        if not self.config.getoption("engine"):
            return
        from harness import plugin
        from harness.probe import NoEngine, probe

        for engine in plugin.engines(self.config):
            try:
                self.welcomes[engine] = probe(engine)
            except NoEngine as error:
                raise pytest.UsageError(str(error)) from error

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep what belongs to an engine."""
        carried: Luggage | None = getattr(report, "stopwat", None)
        if carried is not None:
            for engine, items in carried["planned"].items():
                self.planned.setdefault(engine, items)
            engine = carried["engine"]
        else:
            # a worker of pytest-xdist that died sends no report of its own
            lost = [engine for engine, items in self.planned.items() if report.nodeid in items]
            if not lost:
                return
            engine = lost[0]
        self.reports.setdefault(engine, {}).setdefault(report.nodeid, []).append(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A file of cases that cannot be read is no small run, but a broken one."""
        if report.failed:
            self.cut_short = self.cut_short or f"cannot collect {report.nodeid}"

    def pytest_keyboard_interrupt(self) -> None:
        """Ctrl-C, or SIGTERM."""
        self.cut_short = "interrupted"

    def pytest_internalerror(self, excrepr: object) -> None:
        """The run itself broke."""
        self.cut_short = f"internal error: {str(excrepr).strip().splitlines()[-1]}"

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self) -> Generator[None, object, object]:
        """End on SIGTERM as on Ctrl-C: with engines stopped and books kept."""
        if threading.current_thread() is not threading.main_thread():
            return (yield)
        before = signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            return (yield)
        finally:
            signal.signal(signal.SIGTERM, before)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """Close the books and write them down, before anything else can fail."""
        if self.reports:
            self.config.stash[CERTIFICATES] = dict(self._certificates())
            self._write()

    def _certificates(self) -> Generator[tuple[str, Certificate]]:
        from harness import certificate
        from harness.probe import NoEngine

        for engine, reports in self.reports.items():
            try:
                header = self._header(engine)
            except NoEngine as error:
                self.notes.append(f"no certificate: {error}")
                continue
            # in the order they were planned in, whatever the order several processes ran them in
            order = {nodeid: place for place, nodeid in enumerate(header.planned)}
            heard = sorted(reports.items(), key=lambda pair: order.get(pair[0], len(order)))
            items = tuple(_item(nodeid, told) for nodeid, told in heard if _ran(told))
            yield engine, certificate.close(header, items, ended=_now(), cut_short=self.cut_short)

    def _header(self, engine: str) -> Header:
        """Raises `harness.probe.NoEngine`."""
        import msgspec

        from harness import certificate, plugin, provenance
        from harness.probe import probe

        welcome = self.welcomes.get(engine) or probe(engine)
        suite = plugin.suite_of(self.config)
        options = msgspec.to_builtins(plugin.options_of(self.config))
        features = plugin.features_of(self.config)
        if features is not None:
            options["features"] = ",".join(features)
        return certificate.Header(
            stopwat=provenance.version(),
            engine=engine,
            name=welcome.engine,
            version=welcome.engine_version,
            capabilities=welcome.capabilities,
            options=options,
            machine=provenance.machine(),
            suite=provenance.suite(suite),
            cases=provenance.digest(),
            assembler=provenance.assemblers(),
            scope=provenance.scope(suite, welcome.capabilities.features),
            started=self.started,
            planned=tuple(self.planned.get(engine, ())),
        )

    def _write(self) -> None:
        from harness import certificate

        asked: str | None = self.config.getoption("certificate")
        found = self.config.stash[CERTIFICATES]
        if asked is None:
            return
        for engine, document in found.items():
            path = Path(asked) if len(found) == 1 else certificate.beside(Path(asked), engine)
            try:
                certificate.save(document, path)
            except certificate.CannotWrite as error:
                self.notes.append(str(error))
            else:
                self.notes.append(f"wrote {path}")

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """The table of each engine."""
        if CERTIFICATES not in self.config.stash:
            return
        from harness import tables

        for engine, document in self.config.stash[CERTIFICATES].items():
            terminalreporter.section(f"stopwat: {engine}")
            writer = terminalreporter._tw
            writer.write(tables.text(document, width=writer.fullwidth, color=writer.hasmarkup))
        for line in self.notes:
            terminalreporter.write_line(line)


def _ran(reports: list[pytest.TestReport]) -> bool:
    """Whether a case came to its end; one that was interrupted tells of nothing but its set-up."""
    return any(report.when == "call" or not report.passed for report in reports)


def _item(nodeid: str, reports: list[pytest.TestReport]) -> Item:
    """What the reports of set-up, call and tear-down come to."""
    import msgspec

    from harness import certificate
    from harness.results import Result

    carried: list[Luggage] = [report.stopwat for report in reports if hasattr(report, "stopwat")]
    packed = max((bag["results"] for bag in carried), key=len, default=[])
    bad = next((report for report in reports if not report.passed), None)
    outcome: certificate.ItemOutcome = "passed"
    if bad is not None and bad.skipped:
        outcome = "known" if hasattr(bad, "wasxfail") else "skipped"
    elif bad is not None:
        outcome = "failed" if bad.when == "call" else "error"
    return certificate.Item(
        id=nodeid,
        outcome=outcome,
        seconds=round(sum(report.duration for report in reports), 3),
        why=why(bad) if bad is not None else "",
        results=tuple(msgspec.json.decode(text, type=Result) for text in packed),
    )


def why(report: pytest.TestReport) -> str:
    """One line: the assertion, the error, the reason for skipping, or why it is known to fail."""
    if hasattr(report, "wasxfail"):
        return str(report.wasxfail)
    if isinstance(report.longrepr, tuple):
        return str(report.longrepr[2]).removeprefix("Skipped: ")
    crash = getattr(report.longrepr, "reprcrash", None)
    text = str(crash.message if crash is not None else report.longrepr).strip()
    return text.splitlines()[0].removeprefix("AssertionError: ") if text else "no reason given"
