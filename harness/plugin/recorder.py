"""Gathers what the cases found, process by process, and makes a certificate an engine of it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness.plugin import asked, signals

if TYPE_CHECKING:
    from collections.abc import Generator

    from harness.certificate import Certificate, Header
    from harness.plugin.luggage import Introduction, Luggage

CERTIFICATES = pytest.StashKey["dict[str, Certificate]"]()
"""What a session found, by engine as asked for; there when cases ran and the session is over."""

FAULTS = pytest.StashKey["list[str]"]()
"""Why there is no certificate, or no file of it, a line each."""


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


class CannotBegin(Exception):
    """An engine, or a file that is needed, is not there; the message says which, in one line."""


class Recorder:
    """The plugin that keeps the books; not in the workers of pytest-xdist."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.started = _now()
        self.headers: dict[str, Header] = {}
        """By engine, what is known of its run before the first case; see `begun`."""
        self.reports: dict[str, dict[str, list[pytest.TestReport]]] = {}
        """By engine and item."""
        self.introductions: list[Introduction] = []
        """Of this process, or of the workers of pytest-xdist, which may be elsewhere."""
        self.active = 0
        """Workers of pytest-xdist that are there."""
        self.jobs = 0
        """The most that were there at a time."""
        self.cut_short = ""
        self.uncollected = False
        """Whether nobody knows what the whole would have been."""
        self.earlier = asked.earlier(config)
        self.faults = config.stash.setdefault(FAULTS, [])
        self.written: list[Path] = []

    def pytest_sessionstart(self) -> None:
        """An engine that was asked for by name had better be there, and be what a run is resumed with."""
        if self.config.getoption("engine") or self.earlier is not None:
            for engine in asked.engines(self.config):
                try:
                    self.begun(engine)
                except CannotBegin as error:
                    raise pytest.UsageError(str(error)) from error
        if self.earlier is not None:
            self._resume(self.earlier)

    def _resume(self, earlier: Certificate) -> None:
        """Refuse what could not be put together with an earlier run in the end."""
        import msgspec

        from harness.certificate import SAME, differs

        engines = asked.engines(self.config)
        if len(engines) != 1:
            raise pytest.UsageError(f"--resume takes one engine, not {', '.join(engines)}")
        # what is planned is not known before cases are collected
        then = msgspec.structs.replace(earlier.header, plan="")
        difference = differs(then, self.begun(engines[0]), fields=(*SAME, "shard"))
        if difference is not None:
            place, one, other = difference
            file = self.config.getoption("resume")
            raise pytest.UsageError(f"{file} is not of this run: {place} was {one} then and is {other} now")

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodeready(self) -> None:
        """One more worker of pytest-xdist."""
        self.active += 1
        self.jobs = max(self.jobs, self.active)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self) -> None:
        """One less; another may take its place."""
        self.active -= 1

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep what belongs to an engine."""
        from harness.plugin import luggage

        carried: Luggage | None = getattr(report, "stopwat", None)
        if carried is not None:
            self._meet(luggage.introduction(carried))
            engine = carried["engine"]
        else:
            # a worker of pytest-xdist that died sends no report of its own
            lost = self._engines_of(report.nodeid)
            if not lost:
                return
            engine = lost[0]
        self.reports.setdefault(engine, {}).setdefault(report.nodeid, []).append(report)

    @pytest.hookimpl(optionalhook=True)
    def pytest_handlecrashitem(self, crashitem: str, report: pytest.TestReport) -> None:
        """A worker of pytest-xdist has died, and with it all that it knew of its item."""
        report.user_properties += [("engine", engine) for engine in self._engines_of(crashitem)]
        # JUnit's XML takes the properties of an item from this report alone
        report.when = "teardown"

    def _engines_of(self, nodeid: str) -> list[str]:
        """The engine an item is about, as far as processes have told what they collected."""
        plans = {engine: plan for met in self.introductions for engine, plan in met.plans.items()}
        return [engine for engine, plan in plans.items() if nodeid in plan.items]

    def _meet(self, introduction: Introduction | None) -> None:
        """Keep what a process says of itself, and stop if it runs something else than was to be resumed."""
        if introduction is None:
            return
        self.introductions.append(introduction)
        if self.earlier is not None:
            plan = introduction.plans.get(self.earlier.header.engine)
            if plan is None or plan.digest != self.earlier.header.plan:
                file = self.config.getoption("resume")
                self.faults.append(f"{file} is not of this run: other cases were planned")
                pytest.exit(self.faults[-1], returncode=pytest.ExitCode.USAGE_ERROR)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A file of cases that cannot be read is no small run, but a broken one."""
        if report.failed:
            self.cut_short = self.cut_short or f"cannot collect {report.nodeid}"
            self.uncollected = True

    def pytest_keyboard_interrupt(self) -> None:
        """Ctrl-C, SIGTERM or SIGHUP."""
        self.cut_short = "interrupted"

    def pytest_internalerror(self, excrepr: object) -> None:
        """The run itself broke."""
        self.cut_short = f"internal error: {str(excrepr).strip().splitlines()[-1]}"

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self) -> Generator[None, object, object]:
        """End on SIGTERM and SIGHUP as on Ctrl-C: with engines stopped and books kept."""
        with signals.interrupting():
            return (yield)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Close the books and write them down, before anything else can fail; what is lost is no success."""
        with signals.put_off():
            if self.reports:
                self.config.stash[CERTIFICATES] = dict(self._certificates())
                self._write()
        if self.faults and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.INTERNAL_ERROR

    def _certificates(self) -> Generator[tuple[str, Certificate]]:
        from harness import certificate
        from harness.certificate import NotTogether, merge
        from harness.plugin import luggage

        for engine, reports in self.reports.items():
            try:
                header = self._header(engine)
                # in the order they were planned in, whatever the order several processes ran them in
                order = {nodeid: place for place, nodeid in enumerate(header.planned)}
                heard = sorted(reports.items(), key=lambda pair: order[pair[0]])
                items = tuple(luggage.item(nodeid, told) for nodeid, told in heard if luggage.ran(told))
                found = certificate.close(header, items, ended=_now(), cut_short=self.cut_short)
                yield engine, found if self.earlier is None else merge([self.earlier, found]).certificate
            except (CannotBegin, NotTogether) as error:
                self.faults.append(f"no certificate: {error}")

    def begun(self, engine: str) -> Header:
        """The header of a run before it has run, kept to its end: engines and files come and go.

        Raises `CannotBegin`.
        """
        if engine not in self.headers:
            from harness.expectations import BadFile
            from harness.probe import NoEngine

            try:
                self.headers[engine] = self._begin(engine)
            except (NoEngine, BadFile, OSError) as error:
                raise CannotBegin(str(error)) from error
        return self.headers[engine]

    def _begin(self, engine: str) -> Header:
        import msgspec

        from harness import certificate, provenance
        from harness.probe import probe

        welcome = probe(engine)
        suite, profile = asked.suite_of(self.config), asked.profile_of(self.config)
        shard = asked.shard_of(self.config)
        options = msgspec.to_builtins(asked.options_of(self.config))
        features = asked.features_of(self.config)
        if features is not None:
            options["features"] = ",".join(features)
        return certificate.Header(
            stopwat=provenance.version(),
            engine=engine,
            name=welcome.engine,
            version=welcome.engine_version,
            capabilities=welcome.capabilities,
            profile=profile.name,
            options=options,
            machines=(),
            suite=provenance.suite(suite),
            cases=provenance.digest(),
            expectations=provenance.expectations(asked.expectations_of(self.config, engine)),
            assembler="",
            tools={},
            scope=provenance.scope(suite, welcome.capabilities.features, profile),
            shards=shard.of,
            shard=(shard.number,),
            started=self.started,
            planned=(),
            plan="",
        )

    def _header(self, engine: str) -> Header:
        """With what processes have told since; raises `CannotBegin`."""
        import msgspec

        from harness import certificate

        plans = [met.plans[engine] for met in self.introductions if engine in met.plans]
        return msgspec.structs.replace(
            self.begun(engine),
            jobs=max(1, self.jobs),
            machines=tuple(dict.fromkeys(met.machine for met in self.introductions)),
            assembler="; ".join(dict.fromkeys(met.assembler for met in self.introductions)),
            tools=certificate.tools(met.tools for met in self.introductions),
            planned=plans[0].items if plans else (),
            plan=plans[0].digest if plans and not self.uncollected else "",
        )

    def _write(self) -> None:
        from harness import certificate

        asked: str | None = self.config.getoption("certificate")
        found = self.config.stash[CERTIFICATES]
        if asked is None:
            return
        places = certificate.beside(Path(asked), found)
        for engine, document in found.items():
            path = Path(asked) if len(found) == 1 else places[engine]
            try:
                certificate.save(document, path)
            except certificate.CannotWrite as error:
                self.faults.append(str(error))
            else:
                self.written.append(path)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """The table of each engine."""
        if CERTIFICATES not in self.config.stash:
            return
        from harness import tables

        for engine, document in self.config.stash[CERTIFICATES].items():
            terminalreporter.section(f"stopwat: {engine}")
            writer = terminalreporter._tw
            writer.write(tables.text(document, width=writer.fullwidth, color=writer.hasmarkup))
        for path in self.written:
            terminalreporter.write_line(f"wrote {path}")
        for fault in self.faults:
            terminalreporter.write_line(fault)
