"""Cases that are written out, on engines that are wrong in one thing."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from harness.outcome import Crashed, Failed, Interrupted, Number, Returned
from harness.results import Verdict
from harness.sandbox.protocol import Close, Instantiate, Limits
from harness.scenarios import Options, Workers
from harness.scenarios.options import MS, S
from harness.scenarios.play import Over, Play, Title

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness.registry import Choice
    from harness.results import ScenarioResult
    from harness.scenarios import Scenario

MODULE = "run: spin\nanswer: return i32:42\nmemory: memory 1\ncrash: trap unreachable"
OPTIONS = Options(deadline=20 * MS, bound=60 * S, patience=60 * S, grace=20 * MS)
TITLE = Title("id", "group", "cases/test_group.py", "what must be shown")
SOON = Limits(timeout=20 * MS)


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    with Workers() as workers:
        yield workers


@pytest.fixture
def perform(
    make: Callable[..., Scenario], engine: Callable[..., Choice], workers: Workers
) -> Callable[[str, Callable[[Play], object]], ScenarioResult]:
    """Perform a case on an engine."""

    def perform(name: str, case: Callable[[Play], object]) -> ScenarioResult:
        play = Play(engine(name).engine, OPTIONS, workers, {"spin": make(MODULE, "interrupted")})
        wrong = None
        try:
            case(play)
        except Over as over:
            wrong = over
        return play.end(TITLE, wrong)

    return perform


def is_interrupted(play: Play) -> None:
    play.call(play.stage("spin"), SOON, "interrupted")


def is_not_interrupted_before(play: Play) -> None:
    play.call(play.stage("spin"), Limits(timeout=5 * S), "interrupted")


def is_closed_afterwards(play: Play) -> None:
    stage = play.stage("spin")
    play.call(stage, SOON, "interrupted")
    play.check(isinstance(stage.answer("run"), Interrupted), "open")


def answers(play: Play) -> None:
    answer = play.answer(play.stage("spin"), "answer")
    play.check(answer == Returned((Number("i32", "42"),)), f"{answer}")


def runs_on(play: Play) -> None:
    play.call(play.stage("spin", interruptible=False), SOON, "runs-on", patience=OPTIONS.grace)


def runs_on_for_long(play: Play) -> None:
    play.call(play.stage("spin", interruptible=False), SOON, "runs-on", patience=60 * S)


def runs_on_at_once(play: Play) -> None:
    play.options = replace(play.options, patience=5 * S)
    play.call(play.stage("spin", interruptible=False), SOON, "runs-on", patience=OPTIONS.grace)


def neighbours_run_on(play: Play) -> None:
    one, other = play.beside(play.stage("spin"), 2)
    running = play.start(other, Limits())
    play.call(one, SOON, "interrupted")
    play.check(play.answer(play.again(one), "answer") != Returned(), "nothing")
    play.check(other.worker.alive and not running.complete, "the neighbour was stopped too")
    running.cancel()
    (report,) = running.reports(patience=60)
    play.judge(report.outcome, 0, "interrupted", "cancel")


def calls_what_has_ended(play: Play) -> None:
    stage = play.stage("spin")
    play.call(stage, SOON, "interrupted")
    until = time.monotonic() + 60
    while stage.worker.alive and time.monotonic() < until:
        time.sleep(0.001)
    play.call(stage, SOON, "interrupted")


def calls_what_was_killed(play: Play) -> None:
    stage = play.stage("spin")
    stage.worker.kill()
    play.call(stage, SOON, "interrupted")


@pytest.mark.parametrize(
    ("name", "case", "verdict"),
    [
        ("honest.py:Honest", is_interrupted, Verdict.TERMINATED),
        ("stopping.py:Confused", is_interrupted, Verdict.WRONG_OUTCOME),
        ("stopping.py:Hasty", is_not_interrupted_before, Verdict.WRONG_OUTCOME),
        ("wrong.py:Segfaults", is_not_interrupted_before, Verdict.CRASHED),
        ("stopping.py:CannotStop", is_interrupted, Verdict.UNSUPPORTED),
        ("wrong.py:NotHere", is_interrupted, Verdict.NOT_RUN),
        ("broken.py:Engine", is_interrupted, Verdict.CRASHED),
        ("honest.py:Honest", is_closed_afterwards, Verdict.TERMINATED),
        ("honest.py:Honest", answers, Verdict.RIGHT),
        ("wrong.py:WrongByOne", answers, Verdict.WRONG_OUTCOME),
        ("honest.py:Honest", runs_on, Verdict.RIGHT),
        ("wrong.py:NeverBegins", runs_on_at_once, Verdict.HUNG),
        ("honest.py:Honest", runs_on_at_once, Verdict.RIGHT),
        ("stopping.py:CannotStop", runs_on, Verdict.RIGHT),
        ("stopping.py:Stops", runs_on_for_long, Verdict.WRONG_OUTCOME),
        ("honest.py:Honest", neighbours_run_on, Verdict.TERMINATED),
        ("wrong.py:Shares", neighbours_run_on, Verdict.WRONG_OUTCOME),
        ("parting.py:Mutters", is_interrupted, Verdict.TERMINATED),
        ("parting.py:DiesAfterwards", is_interrupted, Verdict.CRASHED),
        ("parting.py:SaysItTwice", is_interrupted, Verdict.CRASHED),
        ("parting.py:DiesAfterwards", calls_what_has_ended, Verdict.CRASHED),
        ("parting.py:SaysItTwice", calls_what_has_ended, Verdict.CRASHED),
        ("honest.py:Honest", calls_what_was_killed, Verdict.NOT_RUN),
    ],
)
def test_verdicts(
    perform: Callable[[str, Callable[[Play], object]], ScenarioResult],
    name: str,
    case: Callable[[Play], object],
    verdict: Verdict,
) -> None:
    result = perform(name, case)
    assert result.verdict is verdict, result.detail
    assert (result.id, result.group, result.fixture, result.expected) == TITLE


def test_a_result_says_how(
    perform: Callable[[str, Callable[[Play], object]], ScenarioResult],
) -> None:
    on, off = perform("honest.py:Honest", neighbours_run_on), perform("honest.py:Honest", runs_on)
    assert (on.interruptible, on.way, len(on.latencies)) == (True, "cancel", 2)
    assert (off.interruptible, off.way, off.latencies) == (False, "deadline", ())


def test_what_fails_before_the_call(
    perform: Callable[[str, Callable[[Play], object]], ScenarioResult],
) -> None:
    result = perform("honest.py:Honest", lambda play: play.answer(play.stage("spin"), "crash"))
    assert result.verdict is Verdict.WRONG_OUTCOME
    assert result.detail.startswith("crash: Trapped")
    result = perform("honest.py:Honest", lambda play: play.covered(play.stage("spin"), "compile"))
    assert (result.verdict, result.detail) == (Verdict.UNSUPPORTED, "its contexts do not reach: compile")


def test_a_fixture_that_is_not_there(
    perform: Callable[[str, Callable[[Play], object]], ScenarioResult],
) -> None:
    result = perform("honest.py:Honest", lambda play: play.stage("spun"))
    assert (result.verdict, result.detail) == (
        Verdict.NOT_RUN,
        "there is no fixture 'spun' that can be used",
    )


def test_processes_are_used_again_only_after_a_good_end(
    make: Callable[..., Scenario], engine: Callable[..., Choice]
) -> None:
    with Workers() as workers:
        choice = engine("honest.py:Honest")
        play = Play(choice.engine, OPTIONS, workers, {"spin": make(MODULE, "interrupted")})
        stage = play.stage("spin")
        first = stage.worker
        play.end(TITLE, None)
        assert workers.take(choice) is first
        left = first.run([Close(stage.instance), Instantiate("new", stage.module)], patience=60)
        assert [type(report.outcome) for report in left] == [Failed, Failed]
        workers.give(choice, first)
        second = play.stage("spin").worker
        assert second is first
        with pytest.raises(Over) as over:
            play.check(False, "wrong")
        assert play.end(TITLE, over.value).detail == "wrong"
        assert not second.alive


def test_a_remark(perform: Callable[[str, Callable[[Play], object]], ScenarioResult]) -> None:
    result = perform("honest.py:Honest", lambda play: play.remark("a prefix"))
    assert (result.verdict, result.detail) == (Verdict.RIGHT, "a prefix")
    assert not isinstance(result.outcome, Crashed)
