"""The pytest plugin: an engine, or several, under the cases.

A test that asks for the fixture `engine` runs once for every engine named with ``--engine``; what it hands
to `record` travels with its report (through pytest-xdist too) and ends up in that engine's certificate.
Installed but unused, the plugin adds its options and nothing else: fixtures of the same names win over these.
"""

from __future__ import annotations

import inspect
import sys
from functools import partial
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

from harness.plugin import asked
from harness.plugin.items import EngineName, engine_of

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
    from pathlib import Path

    from harness.expectations import Known
    from harness.plugin.luggage import Introduction
    from harness.plugin.recorder import Recorder
    from harness.results import Result
    from harness.sandbox.protocol import Welcome
    from harness.scenarios import Options

Record: TypeAlias = "Callable[[Result], None]"
"""Type of the fixture `record`."""

_KNOWN = pytest.StashKey["dict[str, Known]"]()
"""By engine, what it is known to get wrong, if anybody has said anything; filled before any case runs."""
_RESULTS = pytest.StashKey["list[Result]"]()
_INTRODUCTION: pytest.StashKey[Introduction | None] = pytest.StashKey()
"""What this process has to say of itself, until its first report has said it."""
_RECORDER = "stopwat-recorder"
_RAN = "stopwat_ran"
"""Under this name the workers of pytest-xdist are told what ran before."""
_CALLED = "stopwat_called"
"""Under this name they are told what engines say of themselves: a `Welcome` as JSON, by name as asked for."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options."""
    asked.add(parser.getgroup("stopwat", "engines to certify (stopwat)"))


def pytest_configure(config: pytest.Config) -> None:
    """Check what was asked for, before anything is collected."""
    names = asked.engines(config)
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
                asked.expectations_of(config, name)
        except expectations.BadFile as error:
            raise pytest.UsageError(str(error)) from error
    if config.getoption("suite") is not None:
        asked.suite_of(config)
    config.pluginmanager.register(_with_engines(names), "stopwat-engines")
    if hasattr(config, "workerinput"):
        from harness.registry import Choice
        from harness.sandbox import consistency

        for name, welcome in _told(config).items():
            consistency.learn(Choice(name, interruptible=True), welcome)
    else:
        from harness.plugin.recorder import Recorder

        config.pluginmanager.register(Recorder(config), _RECORDER)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker of pytest-xdist what need not run again, and what need not be asked again."""
    info = node.gateway._rinfo()
    if node.gateway.spec.popen and info.version_info[:2] != sys.version_info[:2]:
        # it is given the path that this process imports from, and would die of it for ever
        here, there = (".".join(map(str, version[:2])) for version in (sys.version_info, info.version_info))
        pytest.exit(
            f"{info.executable} is Python {there}, and this is {here}: a popen worker must be of the same; "
            "socket= and ssh= take any",
            returncode=pytest.ExitCode.USAGE_ERROR,
        )
    node.workerinput[_RAN] = sorted(_ran(node.config))
    import msgspec

    from harness.sandbox.protocol import Welcome

    begun = node.config.pluginmanager.get_plugin(_RECORDER).headers
    node.workerinput[_CALLED] = {
        name: msgspec.json.encode(Welcome(header.name, header.version, header.capabilities)).decode()
        for name, header in begun.items()
    }


def _ran(config: pytest.Config) -> Sequence[str]:
    """The items that ran before this session."""
    told: Sequence[str] | None = getattr(config, "workerinput", {}).get(_RAN)
    if told is not None:
        return told
    earlier = asked.earlier(config)
    # an error says nothing of the engine
    return [item.id for item in earlier.items if item.outcome != "error"] if earlier is not None else []


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
    found = asked.suite_of(pytestconfig)
    if found is None:
        from harness.wast.suite import MISSING

        pytest.skip(MISSING)
    return found


@pytest.fixture(scope="session")
def options(pytestconfig: pytest.Config) -> Options:
    """How to measure and how long to wait, from the command line."""
    return asked.options_of(pytestconfig)


@pytest.fixture
def record(request: pytest.FixtureRequest) -> Record:
    """Put a result into the certificate of the engine under test, and in short into JUnit's XML."""
    from harness import summary

    results: list[Result] = []
    request.node.stash[_RESULTS] = results

    def record(result: Result) -> None:
        results.append(result)
        known: list[tuple[str, object]] = request.node.user_properties
        known += [told for told in summary.properties(result) if told not in known]

    return record


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


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what the profile does not ask for, what belongs to other parts, and what ran before."""
    if not any(engine_of(item) for item in items):
        return
    from harness.plugin import luggage, selection

    chosen, plans = selection.select(items, asked.profile_of(config), asked.shard_of(config), _ran(config))
    config.stash[_INTRODUCTION] = luggage.introduce(plans)
    config.stash[_KNOWN] = dict(_known(config, plans))
    for item in chosen:
        name = engine_of(item)
        if name is not None:
            item.user_properties += selection.properties(name, item)
    left = set(chosen)
    config.hook.pytest_deselected(items=[item for item in items if item not in left])
    items[:] = chosen


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    """Let the results travel with the report, as what execnet can carry."""
    report = yield
    name = engine_of(item)
    if name is not None:
        from harness.plugin import luggage
        from harness.sandbox.supervisor import Shortage

        error = call.excinfo.value if call.excinfo is not None else None
        if isinstance(error, Shortage):
            report.longrepr = error.strerror
        results: list[Result] = item.stash.get(_RESULTS, [])
        known = item.config.stash[_KNOWN].get(name) if report.when == "call" else None
        if known is not None:
            _compare(report, results, known)
        introduction = item.config.stash[_INTRODUCTION]
        report.stopwat = luggage.pack(name, results, introduction, ours=isinstance(error, Shortage))
        item.config.stash[_INTRODUCTION] = None
    return report


def _known(config: pytest.Config, engines: Iterable[str]) -> Iterator[tuple[str, Known]]:
    """What engines are known to get wrong, of each of which anybody has said so."""
    from harness import expectations
    from harness.plugin.recorder import CannotBegin
    from harness.probe import NoEngine

    try:
        for engine in engines:
            path = asked.expectations_of(config, engine)
            if path is not None:
                yield engine, expectations.load(path).of(*_called(config, engine))
    except (expectations.BadFile, CannotBegin, NoEngine) as error:
        raise pytest.UsageError(str(error)) from error


def _called(config: pytest.Config, engine: str) -> tuple[str, str]:
    """What an engine calls itself, name and version; raises `CannotBegin` or `NoEngine`."""
    recorder: Recorder | None = config.pluginmanager.get_plugin(_RECORDER)
    if recorder is not None:
        header = recorder.begun(engine)
        return header.name, header.version
    welcome = _told(config).get(engine)
    if welcome is None:  # nobody has named it, it is one of the references
        from harness.probe import probe

        welcome = probe(engine)
    return welcome.engine, welcome.engine_version


def _told(config: pytest.Config) -> dict[str, Welcome]:
    """What engines have said of themselves to the process that started this worker of pytest-xdist."""
    import msgspec

    from harness.sandbox.protocol import Welcome

    told: dict[str, str] = getattr(config, "workerinput", {}).get(_CALLED, {})
    return {name: msgspec.json.decode(text, type=Welcome) for name, text in told.items()}


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
