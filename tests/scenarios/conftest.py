"""Fixtures on disk, and scenarios for the miniature engine, whose modules are text."""

from __future__ import annotations

import inspect
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.registry import Choice
from harness.scenarios.catalogue import Scenario
from harness.scenarios.expectation import parse
from harness.scenarios.play import Over, Play, Title
from harness.scenarios.program import Assembled, Call, Program
from harness.scenarios.source import Source

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from harness.results import Result, ScenarioResult
    from harness.scenarios import Options, Workers

ENGINES = Path(__file__).parents[1] / "engines"


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write a fixture."""

    def write(text: str, name: str = "group/case.wat") -> Path:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return path

    return write


@pytest.fixture
def make(write: Callable[..., Path]) -> Callable[..., Scenario]:
    """A scenario for the engines of ``tests/engines``: the header as given, the module in their language."""

    def make(
        module: str,
        on: str,
        *,
        off: str = "runs-on",
        invoke: str | None = "run",
        progress: str | None = None,
        covers: str | None = None,
        needs: frozenset[str] = frozenset(),
        host: tuple[str, ...] = (),
    ) -> Scenario:
        keys = {"about": "a test", "invoke": invoke, "progress": progress, "on": on, "off": off}
        header = [f';;! {key} = "{value}"' for key, value in keys.items() if value is not None]
        header += [f';;! covers = ["{covers}"]'] if covers is not None else []
        source = Source(write("\n".join(header)))
        call = Call((), parse(on, ("i32",) if "returns 4" in on else ()), parse(off, ()))
        scenario = Scenario("case", "group", "group/case.wat", source)
        scenario.__dict__["program"] = Program(
            modules=(Assembled("", module.encode()),),
            host=host,
            features=needs,
            call=call,
            large=None,
            results=(),
            state=((progress, "memory"),) if progress is not None else (),
            assembler="none",
            wrappers={},
        )
        return scenario

    return make


@pytest.fixture
def perform_case(engine: Callable[..., Choice]) -> Callable[..., tuple[ScenarioResult, list[Result]]]:
    """Perform a function of ``cases/`` on an engine; the case's result, and what else it recorded."""

    def perform_case(
        name: str,
        test: Callable[..., object],
        options: Options,
        workers: Workers,
        scenarios: Mapping[str, Scenario],
    ) -> tuple[ScenarioResult, list[Result]]:
        play = Play(engine(name).engine, options, workers, scenarios)
        results: list[Result] = []
        given = {"case": nullcontext(play), "record": results.append}
        wrong = None
        try:
            test(**{parameter: given[parameter] for parameter in inspect.signature(test).parameters})
        except Over as over:
            wrong = over
        return play.end(Title(test.__name__, "group", "cases/test_group.py", ""), wrong), results

    return perform_case


@pytest.fixture
def engine() -> Callable[..., Choice]:
    """One of the engines of ``tests/engines``, by file and class: ``honest.py:Honest``."""

    def engine(name: str, *, interruptible: bool = True) -> Choice:
        return Choice(f"{ENGINES}/{name}", interruptible=interruptible)

    return engine
