"""Lateness is believed when it happens in every round; everything else at once."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from harness import rounds
from harness.context import Cause
from harness.outcome import Interrupted
from harness.results import Result, ScenarioResult, Verdict

Case = Callable[[], None]


def result(verdict: Verdict, latency: int, detail: str = "") -> ScenarioResult:
    return ScenarioResult(
        id="loop-br",
        group="loops",
        fixture="loops/loop-br.wat",
        interruptible=True,
        way="deadline",
        expected="interrupted",
        verdict=verdict,
        outcome=Interrupted(Cause.DEADLINE),
        latencies=(latency,),
        bound=100,
        detail=detail,
    )


GOOD = result(Verdict.TERMINATED, 10)
LATE = result(Verdict.LATE_INTERRUPTED, 300, "300 ns late, allowed are 100 ns")
GOOD_ELSEWHERE = msgspec.structs.replace(GOOD, reach="reentry", latencies=(20,))
WRONG = result(Verdict.WRONG_OUTCOME, 20, "returned")


def fails() -> None:
    pytest.fail("bad")


def asserts() -> None:
    raise AssertionError("bad")


def play(
    *turns: ScenarioResult | tuple[ScenarioResult, ...], wrong: Callable[[], None] = fails
) -> tuple[list[Result], int, bool]:
    """What is recorded, how many rounds it took, and whether the case passed; a bad one is `wrong`."""
    coming = iter(turns)
    results: list[Result] = []
    forgotten = 0

    def case() -> None:
        turn = next(coming)
        batch = turn if isinstance(turn, tuple) else (turn,)
        results.extend(batch)
        if not all(one.verdict.good for one in batch):
            wrong()

    def forget() -> None:
        nonlocal forgotten
        forgotten += 1

    try:
        rounds.run(case, results, forget)
    except (AssertionError, pytest.fail.Exception):
        return results, forgotten + 1, False
    return results, forgotten + 1, True


def test_good_at_once() -> None:
    assert play(GOOD) == ([GOOD], 1, True)


@pytest.mark.parametrize("wrong", [fails, asserts])
def test_late_once(wrong: Callable[[], None]) -> None:
    (found,), turns, passed = play(LATE, GOOD, wrong=wrong)
    assert isinstance(found, ScenarioResult)
    assert (found.verdict, turns, passed) == (Verdict.TERMINATED, 2, True)
    assert found.latencies == (300, 10)
    assert found.detail == "round 2, before it: 300 ns late, allowed are 100 ns"


def test_late_in_every_round() -> None:
    (found,), turns, passed = play(LATE, LATE, LATE)
    assert isinstance(found, ScenarioResult)
    assert (found.verdict, turns, passed) == (Verdict.LATE_INTERRUPTED, 3, False)
    assert found.latencies == (300, 300, 300)


def test_wrong_is_believed_at_once() -> None:
    assert play(WRONG) == ([WRONG], 1, False)
    assert play((LATE, WRONG)) == ([LATE, WRONG], 1, False)


def test_wrong_after_late() -> None:
    (found,), turns, passed = play(LATE, WRONG)
    assert isinstance(found, ScenarioResult)
    assert (found.verdict, turns, passed) == (Verdict.WRONG_OUTCOME, 2, False)


def test_runs_of_one_scenario_are_kept_apart_by_their_reach() -> None:
    elsewhere = msgspec.structs.replace(LATE, reach="reentry", latencies=(700,))
    (host, reentry), turns, passed = play((LATE, elsewhere), (GOOD, elsewhere), (GOOD, GOOD_ELSEWHERE))
    assert isinstance(host, ScenarioResult)
    assert isinstance(reentry, ScenarioResult)
    assert (host.latencies, reentry.latencies) == ((300, 10, 10), (700, 700, 20))
    assert (turns, passed) == (3, True)


def test_a_case_that_breaks_is_not_repeated() -> None:
    results: list[Result] = []

    def case() -> None:
        results.append(LATE)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        rounds.run(case, results, lambda: pytest.fail("repeated"))
    assert results == [LATE]


def test_through_pytest(cases: pytest.Pytester) -> None:
    """The whole way: fixtures are kept, JUnit's properties are those of the last round."""
    cases.makepyfile(
        test_cases="""
        import pytest
        from harness.context import Cause
        from harness.outcome import Interrupted
        from harness.results import ScenarioResult, Verdict

        TURNS = iter([Verdict.LATE_INTERRUPTED, Verdict.TERMINATED])

        def test_late(engine, record, request):
            verdict = next(TURNS)
            record(ScenarioResult(
                id="loop-br", group="loops", fixture="loops/loop-br.wat", interruptible=True, way="deadline",
                expected="interrupted", verdict=verdict, outcome=Interrupted(Cause.DEADLINE), latencies=(5,),
            ))
            if not verdict.good:
                pytest.fail("late")
            told = [value for name, value in request.node.user_properties if name != "engine"]
            assert "terminated" in str(told)
            assert "late" not in str(told)
        """
    )
    cases.runpytest_subprocess("--engine", "interp", "-p", "no:cacheprovider").assert_outcomes(passed=1)
