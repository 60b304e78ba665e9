"""The pytest plugin: an engine, or several, under the cases.

A test that asks for the fixture `engine` runs once for every engine named with ``--engine``; what it hands
to `record` travels with its report (through pytest-xdist too) and ends up in that engine's certificate.
Installed but unused, the plugin adds its options and nothing else: fixtures of the same names win over these.
"""

from __future__ import annotations

import argparse
import inspect
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from harness.expectations import Known
    from harness.results import Result
    from harness.scenarios import Options

_MEASURING = ("bound", "repetitions", "pairs", "patience")
"""Options that are fields of `harness.scenarios.Options`."""
DEFAULT_ENGINES = ("interp", "compiler")

Record: TypeAlias = "Callable[[Result], None]"
"""Type of the fixture `record`."""

_KNOWN = pytest.StashKey["dict[str, Known | None]"]()
"""By engine, what it is known to get wrong; filled when its first case has run."""
_RESULTS = pytest.StashKey["list[Result]"]()
_PLANNED = pytest.StashKey["dict[str, list[str]]"]()
"""By engine, the items this process is going to run; until its first report has told it."""


class EngineName(str):
    """A name given with ``--engine``; the type tells our items from those with another fixture `engine`."""

    __slots__ = ()


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options."""
    group = parser.getgroup("stopwat", "engines to certify (stopwat)")
    group.addoption(
        "--engine",
        action="append",
        metavar="NAMES",
        help="engines to try, separated by commas; repeatable: a name that `stopwat engines` lists, "
        f"module:Attribute, or exec:command (default: {','.join(DEFAULT_ENGINES)})",
    )
    group.addoption("--suite", metavar="DIR", help="where the official test suite is")
    group.addoption(
        "--script", action="append", metavar="NAME", help="only this script of the suite; repeatable"
    )
    group.addoption(
        "--features",
        type=_features,
        metavar="SET",
        help="narrow the engines, for the suite: a version such as 2.0, or features, separated by commas",
    )
    group.addoption("--bound", type=_duration, metavar="TIME", help="how late an interruption may come")
    group.addoption("--repetitions", type=_positive, metavar="N", help="calls to measure, a scenario each")
    group.addoption("--pairs", type=_positive, metavar="N", help="measurements on and off, a kernel each")
    group.addoption("--patience", type=_duration, metavar="TIME", help="how long to wait before killing")
    group.addoption(
        "--expectations",
        metavar="FILE",
        help="known failures, instead of those beside the engine's adapter; an empty file: none",
    )
    group.addoption("--certificate", metavar="FILE", help="write what was found; of several engines one each")


def _duration(text: str) -> int:
    from harness import duration

    try:
        nanoseconds = duration.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    if nanoseconds <= 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not more than nothing")
    return nanoseconds


def _features(text: str) -> tuple[str, ...]:
    from harness.standard import features

    try:
        return tuple(sorted(features.named(text)))
    except features.UnknownFeature as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1")
    return int(text)


def engines(config: pytest.Config) -> list[str]:
    """The engines of this session, as asked for."""
    asked: list[str] = config.getoption("engine") or []
    if not asked:
        return list(DEFAULT_ENGINES)
    from harness import registry

    names = [name for text in asked for name in registry.split(text)]
    return list(dict.fromkeys(names)) or list(DEFAULT_ENGINES)


def suite_of(config: pytest.Config) -> Path | None:
    """The official suite's directory; None where there is none and none was asked for."""
    from harness.wast import suite

    asked: str | None = config.getoption("suite")
    try:
        return suite.find(asked)
    except suite.NotFound as error:
        if asked is not None:
            raise pytest.UsageError(str(error)) from error
        return None


def scripts_of(config: pytest.Config) -> list[str]:
    """The scripts of the suite that are to run, by name; none where there is no suite."""
    from harness.wast import suite

    directory = suite_of(config)
    known = [script.name for script in suite.scripts(directory)] if directory is not None else []
    asked: list[str] = config.getoption("script") or known
    for name in asked:
        if name not in known:
            from harness.suggest import unknown

            raise pytest.UsageError(unknown("script", name, [str(directory)], more=known))
    return asked


def features_of(config: pytest.Config) -> tuple[str, ...] | None:
    """What the engines are narrowed to for the suite; None: not at all."""
    asked: tuple[str, ...] | None = config.getoption("features")
    return asked


def options_of(config: pytest.Config) -> Options:
    """How to measure and how long to wait: what was asked for, the rest by default."""
    from harness.scenarios import Options

    asked = {name: config.getoption(name) for name in _MEASURING}
    return Options(**{name: value for name, value in asked.items() if value is not None})


def expectations_of(config: pytest.Config, engine: str) -> Path | None:
    """The file with an engine's known failures, readable; None if it has none.

    Raises `harness.expectations.BadFile`.
    """
    from harness import expectations

    asked: str | None = config.getoption("expectations")
    path = Path(asked) if asked is not None else expectations.find(engine)
    if path is not None:
        expectations.load(path)
    return path


def pytest_configure(config: pytest.Config) -> None:
    """Check what was asked for, before anything is collected."""
    names = engines(config)
    if config.getoption("engine"):
        from harness import registry

        for name in names:
            try:
                registry.resolve(name)
            except registry.UnknownEngine as error:
                raise pytest.UsageError(str(error)) from error
        from harness import expectations

        try:
            for name in names:
                expectations_of(config, name)
        except expectations.BadFile as error:
            raise pytest.UsageError(str(error)) from error
    if config.getoption("suite") is not None:
        suite_of(config)
    config.pluginmanager.register(_with_engines(names), "stopwat-engines")
    if not hasattr(config, "workerinput"):
        from harness.recorder import Recorder

        config.pluginmanager.register(Recorder(config), "stopwat-recorder")


def _with_engines(names: list[str]) -> ModuleType:
    """A plugin with the fixture `engine`, whose parameters are known only now."""

    @pytest.fixture(scope="session", params=[EngineName(name) for name in names], ids=names)
    def engine(request: pytest.FixtureRequest) -> str:
        """Name of the engine under test, as given to ``--engine``."""
        return str(request.param)

    plugin = ModuleType("stopwat-engines")
    plugin.engine = engine  # type: ignore[attr-defined]
    return plugin


@pytest.fixture(params=[False, True], ids=["off", "on"])
def interruptible(request: pytest.FixtureRequest) -> bool:
    """Cancellation off, then on."""
    return bool(request.param)


@pytest.fixture(scope="session")
def suite(pytestconfig: pytest.Config) -> Path:
    """Directory of the official suite."""
    found = suite_of(pytestconfig)
    if found is None:
        from harness.wast.suite import MISSING

        pytest.skip(MISSING)
    return found


@pytest.fixture(scope="session")
def options(pytestconfig: pytest.Config) -> Options:
    """How to measure and how long to wait, from the command line."""
    return options_of(pytestconfig)


@pytest.fixture
def record(request: pytest.FixtureRequest) -> Record:
    """Put a result into the certificate of the engine under test, and in short into JUnit's XML."""
    from harness import summary

    results: list[Result] = []
    request.node.stash[_RESULTS] = results

    def record(result: Result) -> None:
        results.append(result)
        request.node.user_properties.extend(summary.properties(result))

    return record


def engine_of(item: pytest.Item) -> str | None:
    """The engine an item is about; None for tests that are not ours."""
    callspec = getattr(item, "callspec", None)
    name = callspec.params.get("engine") if callspec is not None else None
    return str(name) if isinstance(name, EngineName) else None


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> object | None:
    """Run a case of ours again if lateness is all that is wrong with it."""
    results = pyfuncitem.stash.get(_RESULTS, None)
    if results is None or engine_of(pyfuncitem) is None:
        return None
    from harness import rounds

    known = pyfuncitem.user_properties.copy()

    def forget() -> None:
        pyfuncitem.user_properties[:] = known

    arguments = {name: pyfuncitem.funcargs[name] for name in inspect.signature(pyfuncitem.obj).parameters}
    rounds.run(partial(pyfuncitem.obj, **arguments), results, forget)
    return True


def pytest_collection_finish(session: pytest.Session) -> None:
    """Remember what is going to run; each process tells it with its first report."""
    planned: dict[str, list[str]] = {}
    for item in session.items:
        name = engine_of(item)
        if name is not None:
            item.user_properties.append(("engine", name))
            planned.setdefault(name, []).append(item.nodeid)
    session.config.stash[_PLANNED] = planned


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    """Let the results travel with the report, as what execnet can carry."""
    report = yield
    name = engine_of(item)
    if name is not None:
        from harness import recorder

        results: list[Result] = item.stash.get(_RESULTS, [])
        known = _known(item.config, name) if report.when == "call" else None
        if known is not None:
            _compare(report, results, known)
        report.stopwat = recorder.luggage(name, results, item.config.stash[_PLANNED])
        item.config.stash[_PLANNED] = {}
    return report


def _known(config: pytest.Config, engine: str) -> Known | None:
    """What an engine is known to get wrong; None where nobody has said anything."""
    from harness import expectations
    from harness.probe import probe

    known = config.stash.setdefault(_KNOWN, {})
    if engine not in known:
        path = expectations_of(config, engine)
        welcome = probe(engine) if path is not None else None
        known[engine] = (
            expectations.load(path).of(welcome.engine, welcome.engine_version) if path and welcome else None
        )
    return known[engine]


def _compare(report: pytest.TestReport, results: list[Result], known: Known) -> None:
    """Hold a case against what is known of its engine; what fails as it is known to is expected to."""
    from harness import expectations

    found = expectations.review(results, known)
    if found.news and not report.failed:
        report.outcome = "failed"
        report.longrepr = "\n".join(found.news)
    elif found.known and not found.news and report.failed:
        report.outcome = "skipped"
        report.wasxfail = " ".join(found.known)
