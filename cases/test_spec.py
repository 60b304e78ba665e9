"""The official suite: one case an engine and script, every command judged.

It runs with cancellation on, where an engine has that, and is judged; and then off, which must come to the
same to the bit: code that can be stopped must not compute otherwise.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from harness.engine import Unavailable
from harness.plugin.asked import features_of, scripts_of
from harness.probe import NoEngine, probe
from harness.registry import Choice
from harness.sandbox.supervisor import WorkerError
from harness.wast.reader import ScriptError
from harness.wast.runner import Runner
from harness.wast.suite import MISSING, Script
from harness.wast.transparency import run_both

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from harness.plugin import Record
    from harness.scenarios import Options

_SHOWN = 10
"""Lines of evidence; the certificate has every one."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every script of the suite that was asked for; without a suite, one that is skipped and says so."""
    missing = pytest.param("no suite", marks=pytest.mark.skip(reason=MISSING))
    metafunc.parametrize("script", scripts_of(metafunc.config) or [missing])


@pytest.fixture(scope="session")
def runner_of(pytestconfig: pytest.Config) -> Iterator[Callable[[str, bool], Runner]]:
    """One runner an engine, on and off each, kept for all scripts."""
    runners: dict[Choice, Runner] = {}
    features = features_of(pytestconfig)

    def runner_of(engine: str, interruptible: bool) -> Runner:
        choice = Choice(engine, interruptible, features)
        if choice not in runners:
            runners[choice] = stack.enter_context(Runner(choice))
        return runners[choice]

    with ExitStack() as stack:
        yield runner_of
        try:
            for runner in runners.values():
                runner.check()
        except WorkerError as error:
            pytest.fail(str(error), pytrace=False)


@pytest.fixture(scope="session")
def interrupts(engine: str) -> bool:
    """Whether there is anything to be switched on."""
    try:
        return probe(engine).capabilities.interrupts != "none"
    except NoEngine as error:
        pytest.fail(str(error), pytrace=False)


def test_spec(
    engine: str,
    interrupts: bool,
    script: str,
    suite: Path,
    runner_of: Callable[[str, bool], Runner],
    options: Options,
    record: Record,
) -> None:
    try:
        place = Script(script, suite / script)
        if interrupts and options.both:
            result = run_both(place, on=runner_of(engine, True), off=runner_of(engine, False))
        else:
            result = runner_of(engine, interrupts).run(place)
    except ScriptError as error:
        pytest.fail(f"{script}: {error}", pytrace=False)
    except (Unavailable, WorkerError) as error:
        pytest.fail(str(error), pytrace=False)
    record(result)
    lines = [
        f"{script}:{failure.line}: {failure.command}: expected {failure.expected}, got {failure.got}"
        for failure in result.failures
    ]
    lines += [
        f"{script}:{difference.line}: {difference.command}: off {difference.expected}, on {difference.got}"
        for difference in result.differs or ()
    ]
    not_run = sum(tally.not_run for tally in result.features.values())
    if not_run:
        lines.append(f"{script}: {not_run} commands not run")
    if len(lines) > _SHOWN:
        lines[_SHOWN:] = [f"and {len(lines) - _SHOWN} more"]
    assert not lines, "\n".join(lines)
