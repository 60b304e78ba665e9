"""How a call comes to the code: from the host, through another instance, and through the host again."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.outcome import Interrupted, Number, Returned
from harness.registry import Choice
from harness.results import Verdict
from harness.scenarios import FixtureError, Options, Workers, discover, load, run_scenario
from harness.scenarios.options import MS, S
from harness.scenarios.wrapper import wrap
from harness.standard import binary, features

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness.results import Reach, Way

SCENARIOS = {scenario.id: scenario for scenario in discover().scenarios}
PATIENT = Options(deadline=100 * MS, bound=60 * S, repetitions=1, warmup=0, patience=60 * S, exit=60 * S)
IMPATIENT = Options(deadline=100 * MS, patience=300 * MS)
ON, OFF = (Choice("interp", interruptible=on) for on in (True, False))
REACHES: tuple[Reach, ...] = ("host", "instance", "reentry")
HANDS_ON = """
;;! about  = "every argument comes back, every bit of it"
;;! invoke = "f"
;;! args   = [-1, 0.1, 7, -0.0]
;;! needs  = ["multi-value"]
;;! on     = "returns -0.0 nan:0x200001 7 0.1 -1 -nan:0x4"
;;! off    = "returns 0"
(module
  (func (export "f") (param i64 f64 i32 f32) (result f32 f32 i32 f64 i64 f64)
    (local.get 3) (f32.const nan:0x200001) (local.get 2) (local.get 1) (local.get 0) (f64.const -nan:0x4)))
"""


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    with Workers() as workers:
        yield workers


@pytest.mark.parametrize("name", ["interp", "compiler"])
@pytest.mark.parametrize("reach", REACHES)
def test_values_are_handed_on_exactly(
    write: Callable[..., Path], workers: Workers, name: str, reach: Reach
) -> None:
    text = HANDS_ON.replace('"returns 0"', '"returns -0.0 nan:0x200001 7 0.1 -1 -nan:0x4"').strip()
    result = run_scenario(
        load(write(text)), Choice(name, interruptible=True), "deadline", PATIENT, workers, reach=reach
    )
    assert (result.verdict, result.reach) == (Verdict.RIGHT, reach)
    assert isinstance(result.outcome, Returned)
    assert result.outcome.values[1] == Number("f32", str(0x7FA00001))
    assert result.outcome.values[5] == Number("f64", str(0xFFF0000000000004))


@pytest.mark.parametrize("reach", REACHES)
def test_one_bit_of_a_nan_makes_it_wrong(write: Callable[..., Path], workers: Workers, reach: Reach) -> None:
    text = HANDS_ON.replace('"returns 0"', '"returns -0.0 nan:0x200000 7 0.1 -1 -nan:0x4"').strip()
    result = run_scenario(load(write(text)), OFF, "deadline", PATIENT, workers, reach=reach)
    assert result.verdict is Verdict.WRONG_OUTCOME


@pytest.mark.parametrize(
    ("name", "deaf"),
    [
        (
            "DeafThroughInstances",
            {
                ("loop-br", "instance"),
                ("tail-self", "instance"),
                ("cross-module-call", "host"),
                ("cross-module-call", "instance"),
                ("host-reenter", "instance"),
            },
        ),
        (
            "DeafWhenReentered",
            {
                ("loop-br", "reentry"),
                ("tail-self", "reentry"),
                ("cross-module-call", "reentry"),
                ("host-reenter", "host"),
                ("host-reenter", "instance"),
            },
        ),
    ],
)
@pytest.mark.parametrize("way", ["deadline", "close"])
def test_an_engine_that_is_deaf_in_one_reach_fails_exactly_there(
    engine: Callable[..., Choice], workers: Workers, name: str, deaf: set[tuple[str, Reach]], way: Way
) -> None:
    choice = engine(f"partly_deaf.py:{name}")
    for id in ("loop-br", "tail-self", "cross-module-call", "host-reenter"):
        for reach in SCENARIOS[id].reaches:
            bad = (id, reach) in deaf
            options = IMPATIENT if bad else PATIENT
            result = run_scenario(SCENARIOS[id], choice, way, options, workers, reach=reach)
            expected = Verdict.HUNG if bad else Verdict.TERMINATED
            assert (id, reach, result.verdict) == (id, reach, expected)


@pytest.mark.parametrize("reach", ["instance", "reentry"])
@pytest.mark.parametrize(
    ("id", "verdict"),
    [
        ("loop-store", Verdict.TERMINATED),
        ("host-sleep", Verdict.TERMINATED),
        ("host-cancels-itself", Verdict.TERMINATED),
        ("trap-call-ref", Verdict.RIGHT),
        ("trap-throw-uncaught", Verdict.RIGHT),
        ("recursion-infinite", Verdict.RIGHT),
    ],
)
def test_what_comes_of_a_call_comes_through(
    workers: Workers, id: str, verdict: Verdict, reach: Reach
) -> None:
    scenario = SCENARIOS[id]
    result = run_scenario(scenario, ON, scenario.ways[0], PATIENT, workers, reach=reach)
    assert result.verdict is verdict, result.detail


def test_a_process_is_kept_where_the_call_does_not_come_from_the_host() -> None:
    with Workers() as workers:
        worker = workers.take(ON)
        workers.give(ON, worker)
        result = run_scenario(SCENARIOS["loop-br"], ON, "deadline", PATIENT, workers, reach="instance")
        assert isinstance(result.outcome, Interrupted)
        assert len(result.latencies) == PATIENT.elsewhere
        assert worker.alive


def test_without_an_export_to_invoke_there_is_no_other_reach(write: Callable[..., Path]) -> None:
    assert SCENARIOS["start-spin"].reaches == ("host",)
    text = ';;! about = "a"\n;;! on = "runs-on"\n;;! off = "runs-on"\n;;! reaches = ["instance"]\n(module)'
    with pytest.raises(FixtureError, match=r"case\.wat:4: an instantiation is reached from the host alone"):
        load(write(text))


def test_what_no_global_can_hold_is_told_with_file_and_line(write: Callable[..., Path]) -> None:
    text = [
        *HANDS_ON.strip().splitlines()[:2],
        ';;! needs  = ["reference-types", "function-references"]',
        ';;! on     = "traps unreachable"',
        ';;! off    = "traps unreachable"',
        '(module (func (export "f") (result (ref func)) unreachable))',
    ]
    with pytest.raises(FixtureError, match=r"case\.wat:2: reaches: there is no global of type"):
        _ = load(write("\n".join(text))).program
    text.insert(2, ';;! reaches = ["host", "instance"]')
    assert set(load(write("\n".join(text))).program.wrappers) == {"instance"}


def test_what_calls_itself_by_way_of_the_host_is_not_reentered(write: Callable[..., Path]) -> None:
    text = SCENARIOS["host-reenter"].source.text
    assert SCENARIOS["host-reenter"].reaches == ("host", "instance")
    without = "\n".join(line for line in text.splitlines() if "reaches" not in line)
    with pytest.raises(FixtureError, match=r"case\.wat:2: it calls itself by way of the host; write reaches"):
        _ = load(write(without)).program


@pytest.mark.parametrize("reach", ["instance", "reentry"])
def test_wrappers_are_modules_of_the_features_that_the_case_needs(reach: Reach) -> None:
    for scenario in SCENARIOS.values():
        wrapper = scenario.program.wrappers.get(reach)
        if wrapper is not None:
            module = binary.read(wrapper.binary, features.ALL)
            assert module.features <= scenario.program.features


def test_the_host_needs_nothing_around_the_case() -> None:
    case = binary.read(SCENARIOS["loop-br"].program.modules[-1].binary, features.ALL)
    assert wrap(case, "spin", "host") is None


def test_cases_are_called_by_their_reach_unless_it_is_the_host() -> None:
    options = ["--collect-only", "-q", "-p", "no:cacheprovider", "--engine", "interp"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "cases/test_scenarios.py", *options, "-k", "on-loop-br-deadline"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=300,
    )
    names = [line.partition("[")[2] for line in done.stdout.splitlines() if "::test_scenario[" in line]
    assert names == [
        "interp-on-loop-br-deadline]",
        "interp-on-loop-br-deadline-instance]",
        "interp-on-loop-br-deadline-reentry]",
    ]
