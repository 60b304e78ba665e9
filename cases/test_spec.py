"""The official suite: one case an engine and script, every command judged.

It runs with cancellation on, where an engine has that: code that can be stopped must not compute otherwise.
"""

from __future__ import annotations

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

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from harness.plugin import Record

_SHOWN = 10
"""Lines of evidence; the certificate has every one."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every script of the suite that was asked for; without a suite, one that is skipped and says so."""
    missing = pytest.param("no suite", marks=pytest.mark.skip(reason=MISSING))
    metafunc.parametrize("script", scripts_of(metafunc.config) or [missing])


@pytest.fixture(scope="session")
def runner_of(pytestconfig: pytest.Config) -> Iterator[Callable[[str], Runner]]:
    """One runner an engine, kept for all its scripts."""
    runners: dict[str, Runner] = {}

    def runner_of(engine: str) -> Runner:
        if engine not in runners:
            interrupts = probe(engine).capabilities.interrupts
            choice = Choice(engine, interrupts != "none", features_of(pytestconfig))
            runners[engine] = Runner(choice)
        return runners[engine]

    yield runner_of
    for runner in runners.values():
        runner.close()


def test_spec(
    engine: str, script: str, suite: Path, runner_of: Callable[[str], Runner], record: Record
) -> None:
    try:
        result = runner_of(engine).run(Script(script, suite / script))
    except ScriptError as error:
        pytest.fail(f"{script}: {error}", pytrace=False)
    except (NoEngine, Unavailable, WorkerError) as error:
        pytest.fail(str(error), pytrace=False)
    record(result)
    lines = [
        f"{script}:{failure.line}: {failure.command}: expected {failure.expected}, got {failure.got}"
        for failure in result.failures
    ]
    not_run = sum(tally.not_run for tally in result.features.values())
    if not_run:
        lines.append(f"{script}: {not_run} commands not run")
    if len(lines) > _SHOWN:
        lines[_SHOWN:] = [f"and {len(lines) - _SHOWN} more"]
    assert not lines, "\n".join(lines)
