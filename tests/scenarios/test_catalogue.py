"""The catalogue on engines that lack one thing: they fail exactly there, and nowhere near."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec import structs

from harness.results import Verdict
from harness.scenarios import Options, Workers, discover, run_scenario
from harness.scenarios.options import MS, S

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness.registry import Choice

HOME = Path(__file__).parents[2]
SCENARIOS = {scenario.id: scenario for scenario in discover().scenarios}
PATIENT = Options(deadline=20 * MS, bound=60 * S, repetitions=1, warmup=0, patience=60 * S, exit=60 * S)
QUICK = structs.replace(PATIENT, patience=300 * MS)


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    with Workers() as workers:
        yield workers


@pytest.mark.parametrize(
    ("name", "hung", "stopped"),
    [
        (
            "DeafToTailCalls",
            ["tail-self", "tail-ping-pong", "tail-indirect", "tail-cross-module", "start-tail"],
            ["loop-br", "call-tree", "call-recursive-exponential", "start-spin", "cross-module-call"],
        ),
        (
            "DeafWhileStarting",
            ["start-spin", "start-tail", "cross-module-start"],
            ["loop-br", "tail-self", "cross-module-call", "cross-module-mixed"],
        ),
    ],
)
def test_fails_exactly_there(
    engine: Callable[..., Choice], workers: Workers, name: str, hung: list[str], stopped: list[str]
) -> None:
    def verdict(id: str, options: Options) -> Verdict:
        choice = engine(f"partly_deaf.py:{name}")
        return run_scenario(SCENARIOS[id], choice, "cancel", options, workers).verdict

    assert {id: verdict(id, QUICK) for id in hung} == dict.fromkeys(hung, Verdict.HUNG)
    assert {id: verdict(id, PATIENT) for id in stopped} == dict.fromkeys(stopped, Verdict.TERMINATED)


def results(tmp_path: Path, name: str, cases: list[str], *more: str) -> tuple[int, dict[str, str]]:
    """The exit status of cases that are written out on such an engine, and the verdicts by their ids."""
    certificate = tmp_path / "certificate.json"
    engine = f"{HOME}/tests/engines/partly_deaf.py:{name}"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *cases, "--engine", engine]
    done = subprocess.run(
        [*command, *more, "--bound", "60s", "--certificate", str(certificate)],
        cwd=HOME,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert certificate.exists(), done.stdout + done.stderr
    items = json.loads(certificate.read_text())["items"]
    return done.returncode, {found["id"]: found["verdict"] for item in items for found in item["results"]}


def test_an_instance_that_stays_open_fails_where_that_is_asked(tmp_path: Path) -> None:
    cases = ["cases/test_afterwards.py", "cases/test_when.py"]
    status, verdicts = results(tmp_path, "StaysOpen", cases, "-k", "not leaks and not finish")
    bad = {id for id, verdict in verdicts.items() if verdict == "wrong-outcome"}
    good = {id for id, verdict in verdicts.items() if verdict in ("right", "terminated")}
    assert status == 1
    assert bad == {"after-recall", "after-other-export"}
    assert {"after-memory", "after-name-freed", "expired-before", "cancelled-before"} <= good


def test_who_looks_only_before_compiling_fails_where_it_takes_long(tmp_path: Path) -> None:
    cases = ["cases/test_compile.py", "cases/test_capabilities.py"]
    status, verdicts = results(tmp_path, "DeafWhileCompiling", cases, "-k", "compile")
    assert status == 1
    assert verdicts == {"cancel-during-compile": "wrong-outcome", "covers-compile": "terminated"}
