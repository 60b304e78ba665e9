"""Scenarios on real processes: for every verdict an engine that earns it, and near misses that do not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from harness.context import Cause
from harness.outcome import Crashed, Hung, Interrupted, NotRun, Number, Returned, Unsupported
from harness.results import Verdict
from harness.scenarios import Options, Workers, run_scenario
from harness.scenarios.options import MS, S
from harness.scenarios.program import Assembled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness.outcome import Outcome
    from harness.registry import Choice
    from harness.results import Way
    from harness.scenarios import Scenario

LONG = 60 * S
QUICK = Options(
    deadline=20 * MS,
    bound=LONG,
    repetitions=1,
    warmup=0,
    grace=20 * MS,
    patience=LONG,
    idle=20 * MS,
    exit=LONG,
)
SPIN = "run: spin"
COUNT = "memory: memory 1\nrun: count"
"""Counts to 256 and starts again, which takes longer than its calls may."""


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    with Workers() as workers:
        yield workers


@pytest.mark.parametrize(
    ("name", "module", "options", "verdict"),
    [
        ("honest.py:Honest", SPIN, {}, Verdict.TERMINATED),
        ("honest.py:Honest", COUNT, {"deadline": 100 * MS}, Verdict.TERMINATED),
        ("wrong.py:Deaf", SPIN, {"patience": 0}, Verdict.HUNG),
        ("wrong.py:HoldsInterpreter", SPIN, {"deadline": 300 * MS, "patience": 0}, Verdict.HUNG),
        ("wrong.py:NeverReturns", SPIN, {"deadline": 300 * MS, "patience": 0}, Verdict.HUNG),
        ("stopping.py:Late", SPIN, {}, Verdict.TERMINATED),
        ("stopping.py:Late", SPIN, {"bound": 100 * MS}, Verdict.LATE_INTERRUPTED),
        ("stopping.py:Hasty", SPIN, {"deadline": 2 * S}, Verdict.WRONG_OUTCOME),
        ("stopping.py:Confused", SPIN, {}, Verdict.WRONG_OUTCOME),
        ("stopping.py:Idles", COUNT, {}, Verdict.WRONG_OUTCOME),
        ("stopping.py:GoesOn", COUNT, {"deadline": 100 * MS, "idle": 300 * MS}, Verdict.LIED),
        ("wrong.py:BurnsOn", SPIN, {"deadline": 300 * MS, "settle": 0, "idle": 300 * MS}, Verdict.LIED),
        ("wrong.py:BurnsElsewhere", SPIN, {"settle": 0, "idle": 300 * MS}, Verdict.LIED),
        ("wrong.py:BurnsInASession", SPIN, {"settle": 0, "idle": 300 * MS}, Verdict.LIED),
        ("wrong.py:RestsElsewhere", SPIN, {"settle": LONG}, Verdict.TERMINATED),
        ("stopping.py:Settles", SPIN, {"settle": LONG}, Verdict.TERMINATED),
        ("stopping.py:Throttles", SPIN, {"settle": 400 * MS, "idle": 150 * MS}, Verdict.LIED),
        ("wrong.py:WillNotEnd", SPIN, {"exit": 0}, Verdict.EXIT_HANG),
        ("wrong.py:HangsInClose", SPIN, {"exit": 0}, Verdict.EXIT_HANG),
        ("stopping.py:EndsSlowly", SPIN, {}, Verdict.TERMINATED),
        ("stopping.py:EndsInError", SPIN, {}, Verdict.CRASHED),
        ("wrong.py:Segfaults", SPIN, {"deadline": LONG}, Verdict.CRASHED),
        ("wrong.py:ExitsZero", SPIN, {"deadline": LONG}, Verdict.CRASHED),
        ("wrong.py:Quits", SPIN, {"deadline": LONG}, Verdict.WRONG_OUTCOME),
        ("wrong.py:Prints", SPIN, {}, Verdict.TERMINATED),
        ("stopping.py:CannotStop", SPIN, {}, Verdict.UNSUPPORTED),
        ("stopping.py:Excuses", SPIN, {}, Verdict.WRONG_OUTCOME),
        ("stopping.py:Shy", SPIN, {}, Verdict.WRONG_OUTCOME),
        ("stopping.py:LinksInWords", SPIN, {}, Verdict.TERMINATED),
        ("stopping.py:LinksNothing", SPIN, {}, Verdict.TERMINATED),
        ("parting.py:Mutters", SPIN, {}, Verdict.TERMINATED),
        ("parting.py:DiesAfterwards", SPIN, {"idle": 1 * S}, Verdict.CRASHED),
        ("parting.py:DiesAfterwards", COUNT, {"deadline": 100 * MS}, Verdict.CRASHED),
        ("parting.py:SaysItTwice", SPIN, {}, Verdict.CRASHED),
    ],
)
def test_endless(
    make: Callable[..., Scenario],
    engine: Callable[..., Choice],
    name: str,
    module: str,
    options: dict[str, int],
    verdict: Verdict,
) -> None:
    scenario = make(module, "interrupted", progress="memory" if module == COUNT else None)
    result = run_scenario(scenario, engine(name), "deadline", msgspec.structs.replace(QUICK, **options))
    assert result.verdict is verdict, result.detail


@pytest.mark.parametrize(
    ("name", "bound", "verdict"),
    [
        ("stopping.py:LateOnce", 800 * MS, Verdict.LATE_INTERRUPTED),
        ("stopping.py:LateOnce", LONG, Verdict.TERMINATED),
        ("honest.py:Honest", 800 * MS, Verdict.TERMINATED),
    ],
)
def test_the_first_interruption_of_a_process_keeps_to_the_bound_and_is_not_counted(
    make: Callable[..., Scenario], engine: Callable[..., Choice], name: str, bound: int, verdict: Verdict
) -> None:
    options = msgspec.structs.replace(QUICK, warmup=1, bound=bound)
    result = run_scenario(make(SPIN, "interrupted"), engine(name), "deadline", options)
    assert (result.verdict, len(result.latencies)) == (verdict, 1), result.detail


@pytest.mark.parametrize("way", ["deadline", "cancel", "close"])
def test_ways(
    make: Callable[..., Scenario], engine: Callable[..., Choice], workers: Workers, way: Way
) -> None:
    options = msgspec.structs.replace(QUICK, warmup=1, repetitions=3)
    choice = engine("honest.py:Honest")
    result = run_scenario(make(SPIN, "interrupted"), choice, way, options, workers)
    assert result.verdict is Verdict.TERMINATED
    cause = {"deadline": Cause.DEADLINE, "cancel": Cause.CANCELLED, "close": Cause.CLOSED}[way]
    assert result.outcome == Interrupted(cause)
    assert len(result.latencies) == 3
    assert all(0 <= latency < LONG for latency in result.latencies)
    assert result.bound == LONG
    assert (result.id, result.group, result.fixture) == ("case", "group", "group/case.wat")
    assert (result.way, result.interruptible, result.expected) == (way, True, "interrupted")


@pytest.mark.parametrize("way", ["deadline", "cancel"])
def test_an_instantiation_is_stopped_too(
    make: Callable[..., Scenario], engine: Callable[..., Choice], way: Way
) -> None:
    scenario = make("start: spin", "interrupted", invoke=None)
    assert run_scenario(scenario, engine("honest.py:Honest"), way, QUICK).verdict is Verdict.TERMINATED


@pytest.mark.parametrize(
    ("name", "module", "off", "verdict"),
    [
        ("honest.py:Honest", "run: return", "runs-on", Verdict.WRONG_OUTCOME),
        ("honest.py:Honest", "run: return", "runs-on or returns", Verdict.RIGHT),
        ("honest.py:Honest", "run: return", "returns", Verdict.RIGHT),
        ("honest.py:Honest", "run: trap unreachable", "traps unreachable", Verdict.RIGHT),
        ("stopping.py:Stops", SPIN, "runs-on", Verdict.WRONG_OUTCOME),
        ("stopping.py:Stops", "run: return", "returns", Verdict.RIGHT),
        ("wrong.py:Segfaults", SPIN, "runs-on", Verdict.CRASHED),
    ],
)
def test_off(
    make: Callable[..., Scenario],
    engine: Callable[..., Choice],
    workers: Workers,
    name: str,
    module: str,
    off: str,
    verdict: Verdict,
) -> None:
    scenario = make(module, "interrupted", off=off)
    choice = engine(name, interruptible=False)
    options = msgspec.structs.replace(QUICK, grace=LONG)
    result = run_scenario(scenario, choice, "deadline", options, workers)
    assert result.verdict is verdict, result.detail
    assert (result.interruptible, result.expected, result.latencies) == (False, off, ())


@pytest.mark.parametrize("way", ["deadline", "cancel", "close"])
def test_off_is_still_running(make: Callable[..., Scenario], engine: Callable[..., Choice], way: Way) -> None:
    choice = engine("honest.py:Honest", interruptible=False)
    result = run_scenario(make(SPIN, "interrupted"), choice, way, QUICK)
    assert (result.verdict, type(result.outcome)) == (Verdict.RIGHT, Hung)


def test_what_comes_too_early_is_no_latency(
    make: Callable[..., Scenario], engine: Callable[..., Choice]
) -> None:
    options = msgspec.structs.replace(QUICK, deadline=2 * S)
    result = run_scenario(make(SPIN, "interrupted"), engine("stopping.py:Hasty"), "deadline", options)
    assert (result.outcome, result.latencies) == (Interrupted(Cause.DEADLINE), ())


@pytest.mark.parametrize(("function", "counts"), [("sleep i32:3600000", True), ("sleep-deaf i32:60", False)])
def test_what_the_host_sleeps_through_is_no_latency_of_the_engine(
    make: Callable[..., Scenario], engine: Callable[..., Choice], function: str, counts: bool
) -> None:
    scenario = make(f"run: call host {function}", "interrupted", host=(function.partition(" ")[0],))
    result = run_scenario(scenario, engine("honest.py:Honest"), "deadline", QUICK)
    assert result.verdict is Verdict.TERMINATED, result.detail
    assert len(result.latencies) == counts


@pytest.mark.parametrize("invoke", ["run", None])
@pytest.mark.parametrize("way", ["deadline", "cancel"])
@pytest.mark.parametrize(
    ("name", "verdict"), [("honest.py:Honest", Verdict.RIGHT), ("wrong.py:NeverBegins", Verdict.HUNG)]
)
def test_what_never_began_does_not_run_on(
    make: Callable[..., Scenario],
    engine: Callable[..., Choice],
    way: Way,
    invoke: str | None,
    name: str,
    verdict: Verdict,
) -> None:
    options = QUICK
    if verdict is Verdict.HUNG:
        options = msgspec.structs.replace(QUICK, patience=100 * MS, setup=3 * S)
    scenario = make("run: spin" if invoke else "start: spin", "interrupted", invoke=invoke)
    choice = engine(name, interruptible=False)
    result = run_scenario(scenario, choice, way, options)
    assert (result.verdict, type(result.outcome)) == (verdict, Hung)
    assert ("never began" in result.detail) is (verdict is Verdict.HUNG)


@pytest.mark.parametrize(
    ("name", "module", "on", "verdict"),
    [
        ("honest.py:Honest", "run: return i32:42", "returns 42", Verdict.RIGHT),
        ("wrong.py:WrongByOne", "run: return i32:42", "returns 42", Verdict.WRONG_OUTCOME),
        ("wrong.py:WrongByOne", "run: return i32:41", "returns 42", Verdict.RIGHT),
        ("wrong.py:Invents", "run: return i32:42", "returns 42", Verdict.WRONG_OUTCOME),
        ("honest.py:Honest", "run: trap unreachable", "traps unreachable", Verdict.RIGHT),
        ("honest.py:Honest", "run: trap null reference", "traps unreachable", Verdict.WRONG_OUTCOME),
        ("honest.py:Honest", "run: exhaust", "exhausted", Verdict.RIGHT),
        ("honest.py:Honest", "run: exhaust", "traps unreachable", Verdict.WRONG_OUTCOME),
        ("honest.py:Honest", "run: uncaught", "uncaught", Verdict.RIGHT),
        ("honest.py:Honest", "run: raise", "traps unreachable", Verdict.WRONG_OUTCOME),
        ("honest.py:Honest", "no module", "returns", Verdict.WRONG_OUTCOME),
        ("honest.py:Honest", "run: call nobody f", "returns", Verdict.WRONG_OUTCOME),
        ("honest.py:Honest", "run: return", "interrupted or returns", Verdict.RIGHT),
        ("parting.py:Mutters", "run: return", "returns", Verdict.RIGHT),
        ("parting.py:DiesAfterwards", "run: return", "returns", Verdict.CRASHED),
        ("parting.py:SaysItTwice", "run: return", "returns", Verdict.CRASHED),
    ],
)
def test_finite(
    make: Callable[..., Scenario],
    engine: Callable[..., Choice],
    workers: Workers,
    name: str,
    module: str,
    on: str,
    verdict: Verdict,
) -> None:
    result = run_scenario(make(module, on), engine(name), "deadline", QUICK, workers)
    assert result.verdict is verdict, result.detail


@pytest.mark.parametrize(("bound", "verdict"), [(0, Verdict.LATE_OK), (LONG, Verdict.RIGHT)])
def test_finishes_late(
    make: Callable[..., Scenario], engine: Callable[..., Choice], bound: int, verdict: Verdict
) -> None:
    options = msgspec.structs.replace(QUICK, bound=bound)
    scenario = make("run: sleep 100", "interrupted or returns")
    result = run_scenario(scenario, engine("wrong.py:Deaf"), "deadline", options)
    assert (result.verdict, result.outcome) == (verdict, Returned())


def test_a_call_that_ends_before_it_is_told_to_stop_is_not_waited_for(
    make: Callable[..., Scenario], engine: Callable[..., Choice], workers: Workers
) -> None:
    options = msgspec.structs.replace(QUICK, deadline=LONG, bound=0)
    scenario = make("run: sleep 60", "interrupted or returns")
    result = run_scenario(scenario, engine("honest.py:Honest"), "cancel", options, workers)
    assert (result.verdict, result.outcome) == (Verdict.RIGHT, Returned())


def test_features_that_are_not_offered(make: Callable[..., Scenario], engine: Callable[..., Choice]) -> None:
    scenario = make(SPIN, "interrupted", needs=frozenset({"mvp", "simd", "gc"}))
    result = run_scenario(scenario, engine("honest.py:Honest"), "deadline", QUICK)
    assert result.verdict is Verdict.UNSUPPORTED
    assert result.outcome == Unsupported("does not offer gc, simd")
    assert result.detail == "does not offer gc, simd"


@pytest.mark.parametrize(("invoke", "module"), [("run", SPIN), (None, "start: spin")])
@pytest.mark.parametrize("imports", ["host", "instances"])
def test_imports_that_are_not_offered(
    make: Callable[..., Scenario],
    engine: Callable[..., Choice],
    invoke: str | None,
    module: str,
    imports: str,
) -> None:
    scenario = make(module, "interrupted", invoke=invoke)
    program = scenario.program
    if imports == "host":
        program = program._replace(host=("nop",))
    else:
        provider = Assembled("provider", b"answer: return i32:42")
        program = program._replace(modules=(provider, *program.modules))
    scenario.__dict__["program"] = program
    declared = run_scenario(scenario, engine("stopping.py:LinksNothing"), "deadline", QUICK)
    assert declared.verdict is Verdict.UNSUPPORTED
    assert declared.outcome == Unsupported(f"does not offer imports: {imports}")
    undeclared = run_scenario(scenario, engine("stopping.py:LinksInWords"), "deadline", QUICK)
    assert (undeclared.verdict, undeclared.outcome) == (Verdict.WRONG_OUTCOME, Unsupported("imports"))
    assert undeclared.detail.endswith("declares what this needs, and then: imports")
    honest = run_scenario(scenario, engine("honest.py:Honest"), "deadline", QUICK)
    assert honest.verdict is Verdict.TERMINATED


def test_a_context_that_does_not_reach_so_far(
    make: Callable[..., Scenario], engine: Callable[..., Choice]
) -> None:
    scenario = make(SPIN, "interrupted", covers="host")
    choice = engine("honest.py:Honest")
    result = run_scenario(scenario, choice, "deadline", QUICK)
    assert result.outcome == Unsupported("its contexts do not reach: host")
    scenario = make(SPIN, "interrupted", covers="instantiate")
    assert run_scenario(scenario, choice, "deadline", QUICK).verdict is Verdict.TERMINATED


@pytest.mark.parametrize(
    ("name", "outcome", "verdict"),
    [
        ("wrong.py:NotHere", NotRun("install the other thing first"), Verdict.NOT_RUN),
        ("broken.py:Engine", None, Verdict.CRASHED),
    ],
)
def test_an_engine_that_cannot_be_had(
    make: Callable[..., Scenario],
    engine: Callable[..., Choice],
    name: str,
    outcome: Outcome | None,
    verdict: Verdict,
) -> None:
    result = run_scenario(make(SPIN, "interrupted"), engine(name), "deadline", QUICK)
    assert result.verdict is verdict
    assert outcome in (None, result.outcome)
    assert result.detail


def test_the_run_goes_on_with_a_fresh_worker(
    make: Callable[..., Scenario], engine: Callable[..., Choice], workers: Workers
) -> None:
    choice = engine("wrong.py:Segfaults")
    late = msgspec.structs.replace(QUICK, deadline=LONG)
    crashed = run_scenario(make(SPIN, "interrupted"), choice, "deadline", late, workers)
    assert crashed.outcome == Crashed(-11, crashed.outcome.message)  # type: ignore[union-attr]
    assert crashed.detail == "the process ended: signal 11"
    answer = run_scenario(make("run: return i32:4", "returns 4"), choice, "deadline", QUICK, workers)
    assert answer.verdict is Verdict.RIGHT
    assert answer.outcome == Returned((Number("i32", "4"),))


def test_a_worker_is_used_again(make: Callable[..., Scenario], engine: Callable[..., Choice]) -> None:
    choice = engine("honest.py:Honest", interruptible=False)
    with Workers() as workers:
        worker = workers.take(choice)
        workers.give(choice, worker)
        run_scenario(make("run: return", "returns", off="returns"), choice, "deadline", QUICK, workers)
        assert workers.take(choice) is worker
        workers.give(choice, worker)
        run_scenario(make(SPIN, "interrupted"), choice, "deadline", QUICK, workers)
        assert not worker.alive
        other = workers.take(choice)
        assert other.alive
        workers.give(choice, other)
    assert not other.alive


def test_what_was_killed_says_how_long_it_was_waited_for(
    make: Callable[..., Scenario], engine: Callable[..., Choice]
) -> None:
    options = msgspec.structs.replace(QUICK, patience=100 * MS)
    result = run_scenario(make(SPIN, "interrupted"), engine("wrong.py:Deaf"), "deadline", options)
    assert result.outcome == Hung(0.12)
    assert result.detail == "killed after 0.12 s"


def test_every_verdict_is_earned_by_an_engine() -> None:
    tests = (test_endless, test_off, test_finite, test_finishes_late, test_an_engine_that_cannot_be_had)
    marks = [mark for test in tests for mark in test.pytestmark if mark.name == "parametrize"]
    earned = {value for mark in marks for row in mark.args[1] for value in row if isinstance(value, Verdict)}
    assert earned == set(Verdict)
