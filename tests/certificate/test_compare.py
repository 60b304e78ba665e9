"""What is otherwise than it was is found, and nothing else is."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from harness.certificate import Certificate, Change, Item, close, compare, shift
from harness.context import Cause
from harness.outcome import Interrupted
from harness.results import (
    CommandFailure,
    CostResult,
    FloorResult,
    OverheadResult,
    Result,
    ScenarioResult,
    SpecResult,
    SpeedResult,
    Tally,
    Verdict,
    Way,
)

if TYPE_CHECKING:
    from collections.abc import Callable

MS = 1_000_000
WAYS: tuple[Way, ...] = ("deadline", "cancel", "close")
SCENARIOS = [f"loop-{number}" for number in range(20)]
FAILURE = CommandFailure(line=7, command="assert_return", expected="i32 1", got="i32 2")


def latency(chance: random.Random) -> int:
    """Half a millisecond, more or less; now and then the machine does something else."""
    hiccup = chance.expovariate(1 / 10) if chance.random() < 0.03 else 0
    return round((chance.lognormvariate(0, 0.4) * 0.5 + hiccup) * MS)


def scenario(id: str, way: Way, chance: random.Random) -> ScenarioResult:
    return ScenarioResult(
        id=id,
        group="loops",
        fixture=f"loops/{id}.wat",
        interruptible=True,
        way=way,
        expected="interrupted",
        verdict=Verdict.TERMINATED,
        outcome=Interrupted(Cause.DEADLINE),
        latencies=tuple(latency(chance) for _ in range(5)),
        bound=200 * MS,
    )


def kernel(id: str, chance: random.Random) -> OverheadResult:
    off = tuple(round(chance.gauss(20, 0.4) * MS) for _ in range(9))
    middle = chance.gauss(1.1, 0.005)
    return OverheadResult(
        kernel=id, off=off, on=off, ratio=middle, low=middle - 0.02, high=middle + 0.02, processes=3
    )


def results(seed: int) -> list[Result]:
    """What a run finds, on an engine that never changes and a machine that never rests."""
    chance = random.Random(seed)
    made: list[Result] = [scenario(id, way, chance) for id in SCENARIOS for way in WAYS]
    made += [kernel(f"kernel-{number}", chance) for number in range(5)]
    floors = {way: tuple(round(chance.lognormvariate(0, 0.2) * 0.2 * MS) for _ in range(20)) for way in WAYS}
    made += [FloorResult(way=way, latencies=latencies) for way, latencies in floors.items()]
    made.append(SpecResult(file="i32.wast", features={"mvp": Tally(passed=40)}, not_applicable={}))
    sides = {"off": (5 * MS,) * 5, "on": (6 * MS,) * 5}
    ratio = {"ratio": 1.2, "low": 1.19, "high": 1.21}
    made.append(CostResult(what="compile", module="large", size=9, **sides, **ratio))  # type: ignore[arg-type]
    made.append(
        SpeedResult(
            kernel="kernel-1",
            interruptible=True,
            native=(MS,) * 5,
            engine=(2 * MS,) * 5,
            toolchain="cc",
            ratio=2.0,
            low=1.95,
            high=2.05,
        )
    )
    return made


@pytest.fixture
def run(good: Certificate) -> Callable[[int], Certificate]:
    """A certificate of the run with such a seed."""

    def run(seed: int) -> Certificate:
        items = tuple(
            Item(id=f"test_x.py::test_x[mine-{number}]", outcome="passed", seconds=1, results=(result,))
            for number, result in enumerate(results(seed))
        )
        return close(good.header, items, ended="2026-01-01T00:00:00+00:00")

    return run


def changed(certificate: Certificate, kind: type, change: Callable[[Any], Any]) -> Certificate:
    """With all results of a kind changed."""
    items = tuple(
        replace(item, results=tuple(change(one) if isinstance(one, kind) else one for one in item.results))
        for item in certificate.items
    )
    return close(certificate.header, items, ended=certificate.footer.ended)


def found(old: Certificate, new: Certificate) -> set[tuple[str, str, str]]:
    """Direction, kind, and what; the other way round is the opposite."""
    there = {(str(change.direction), change.kind, change.what) for change in compare(old, new).changes}
    back = {(str(change.direction), change.kind, change.what) for change in compare(new, old).changes}
    opposite: dict[str, str] = {"worse": "better", "better": "worse"}
    assert back == {(opposite[direction], kind, what) for direction, kind, what in there}
    return there


def test_a_run_is_what_it_is(run: Callable[[int], Certificate]) -> None:
    told = compare(run(0), run(0))
    assert told.changes == ()
    assert told.only_old + told.only_new + told.notes == ()


def test_noise_is_no_change(run: Callable[[int], Certificate]) -> None:
    """Ten runs of one engine, each against the first."""
    first = run(0)
    assert [change for seed in range(1, 10) for change in compare(first, run(seed)).changes] == []


@pytest.mark.parametrize("way", WAYS)
def test_late_in_exactly_one_thing(run: Callable[[int], Certificate], way: Way) -> None:
    def later(result: ScenarioResult) -> ScenarioResult:
        if (result.id, result.way) != ("loop-7", way):
            return result
        return replace(result, latencies=tuple(each + 20 * MS for each in result.latencies))

    assert found(run(0), changed(run(1), ScenarioResult, later)) == {("worse", "latency", f"loop-7 ({way})")}


def test_late_while_the_machine_was_busy(run: Callable[[int], Certificate]) -> None:
    """What an engine that does nothing is late by explains as much of any other."""

    def later(result: ScenarioResult) -> ScenarioResult:
        if result.id != "loop-7":
            return result
        late = tuple(each + 20 * MS for each in result.latencies)
        return replace(result, latencies=late, verdict=Verdict.LATE_INTERRUPTED)

    def hiccup(result: FloorResult) -> FloorResult:
        return replace(result, latencies=(*result.latencies, 30 * MS))

    new = changed(run(1), ScenarioResult, later)
    assert len(found(run(0), new)) == 2 * len(WAYS)
    busy = changed(new, FloorResult, hiccup)
    assert found(run(0), busy) == set()
    (note,) = compare(run(0), busy).notes
    assert note.startswith("the machine was busy in the second: an engine that does nothing was up to 30 ms")


@pytest.mark.parametrize(
    ("old", "new", "explained", "expected"),
    [
        ([1, 2, 2, 3], [9, 9, 9, 9], 6, True),
        ([1, 2, 3], [9, 9, 9], 0, False),  # too few
        ([1, 2, 2, 9], [9, 9, 9, 9], 0, False),  # one of them was as late before
        ([10, 10, 10, 10], [29, 29, 29, 29], 0, False),  # not three times as late
        ([1, 1, 1, 1], [5, 5, 5, 5], 0, False),  # not late enough to matter
        ([1, 1, 1, 1], [6, 6, 6, 6], 0, True),
        ([1, 2, 2, 3], [9, 9, 9, 9], 8, False),
    ],
)
def test_when_a_scenario_is_later(old: list[int], new: list[int], explained: int, expected: bool) -> None:
    assert shift.longer([each * MS for each in old], [each * MS for each in new], explained * MS) is expected


def test_what_a_busy_machine_explains() -> None:
    old = {id: [100, 200, 300] for id in SCENARIOS[: shift.SCENARIOS]}
    new = {id: [100, 200 + number, 300] for number, id in enumerate(old)}
    assert shift.explained(old, new, []) == 10 * 4.5
    assert shift.explained(old, new, [44]) == 10 * 4.5
    assert shift.explained(old, new, [44, 46]) == 46
    del new[SCENARIOS[0]]
    assert shift.explained(old, new, []) == 0  # so few say nothing of the machine


def tripled(result: Any) -> Any:
    return replace(result, latencies=tuple(3 * each for each in result.latencies))


def test_late_in_everything(run: Callable[[int], Certificate]) -> None:
    assert found(run(0), changed(run(1), ScenarioResult, tripled)) == {
        ("worse", "latency", f"all scenarios together ({way})") for way in WAYS
    }


def test_a_machine_that_was_busier_is_not_the_engine(run: Callable[[int], Certificate]) -> None:
    busier = changed(changed(run(1), ScenarioResult, tripled), FloorResult, tripled)
    assert found(run(0), busier) == set()


def at_once(result: Any) -> Any:
    return replace(result, latencies=tuple(0 for _ in result.latencies))


@pytest.mark.parametrize("kind", [ScenarioResult, FloorResult])
def test_times_of_nothing_have_no_ratio(run: Callable[[int], Certificate], kind: type) -> None:
    none = changed(run(1), kind, at_once)
    assert found(run(0), none) == set()


def test_other_times_on_another_machine_say_nothing(run: Callable[[int], Certificate]) -> None:
    slow = changed(run(1), ScenarioResult, tripled)
    (machine,) = slow.header.machines
    elsewhere = replace(slow.header, machines=(replace(machine, processor="another"),))
    told = compare(run(0), close(elsewhere, slow.items, ended=""))
    assert told.changes == ()
    assert told.notes == ("different machines, or several: times and ratios are not compared",)
    crowded = close(replace(slow.header, jobs=4), slow.items, ended="")
    told = compare(run(0), crowded)
    assert told.changes == ()
    assert told.notes == (
        "different numbers of cases at a time (1, now 4): times and ratios are not compared",
    )


@pytest.mark.parametrize(
    ("verdict", "kinds"),
    [
        (Verdict.RIGHT, set()),
        (Verdict.UNSUPPORTED, {"verdict"}),
        (Verdict.LATE_INTERRUPTED, {"verdict"}),
        (Verdict.HUNG, {"verdict"}),
    ],
)
def test_a_verdict(run: Callable[[int], Certificate], verdict: Verdict, kinds: set[str]) -> None:
    def other(result: ScenarioResult) -> ScenarioResult:
        return replace(result, verdict=verdict) if result.id == "loop-3" else result

    there = found(run(0), changed(run(1), ScenarioResult, other))
    expected = {("worse", "verdict", f"loop-3 ({way}, on)") for way in WAYS}
    assert there == (expected if kinds else set())


def test_from_bad_to_worse(run: Callable[[int], Certificate]) -> None:
    def judged(verdict: Verdict) -> Certificate:
        return changed(run(0), ScenarioResult, lambda result: replace(result, verdict=verdict))

    order = (Verdict.TERMINATED, Verdict.UNSUPPORTED, Verdict.LATE_INTERRUPTED, Verdict.HUNG, Verdict.CRASHED)
    for better, worse in pairwise(order):
        assert compare(judged(better), judged(worse)).worse
        assert not compare(judged(worse), judged(better)).worse


def test_a_command_of_the_suite(run: Callable[[int], Certificate]) -> None:
    def fails(result: SpecResult) -> SpecResult:
        return replace(result, features={"mvp": Tally(passed=39, failed=1)}, failures=(FAILURE,))

    new = changed(run(1), SpecResult, fails)
    assert found(run(0), new) == {("worse", "conformance", "i32.wast:7: assert_return")}
    other_suite = close(replace(new.header, suite="another"), new.items, ended="")
    told = compare(run(0), other_suite)
    assert told.changes == ()
    assert told.notes == ("different suites: commands are not compared (suite: abc, now another)",)


def test_commands_that_are_not_judged_any_more(run: Callable[[int], Certificate]) -> None:
    def narrowed(result: SpecResult) -> SpecResult:
        return replace(result, features={"mvp": Tally(passed=30)}, not_applicable={"mvp: not offered": 10})

    def lost(result: SpecResult) -> SpecResult:
        return replace(result, features={"mvp": Tally(passed=30, not_run=10)})

    def differing(result: SpecResult) -> SpecResult:
        return replace(result, differs=(FAILURE,))

    for change, what in (
        (narrowed, "i32.wast: commands not applicable"),
        (lost, "i32.wast: commands not run"),
        (differing, "i32.wast:7: assert_return, on and off"),
    ):
        assert found(run(0), changed(run(1), SpecResult, change)) == {("worse", "conformance", what)}


@pytest.mark.parametrize(
    ("kind", "change", "expected"),
    [
        (OverheadResult, {"ratio": 1.4, "low": 1.38, "high": 1.42}, {f"kernel-{n}" for n in range(5)}),
        (OverheadResult, {"ratio": 1.4, "low": 1.38, "high": 1.42, "noise": "too much"}, set()),
        (CostResult, {"ratio": 1.4, "low": 1.38, "high": 1.42}, {"compile large"}),
        (CostResult, {"ratio": 1.23, "low": 1.22, "high": 1.24}, set()),
        (CostResult, {"off": (11 * MS,) * 5}, {"compile large"}),
        (CostResult, {"off": (6 * MS,) * 5}, set()),
        (SpeedResult, {"ratio": 2.6, "low": 2.5, "high": 2.7}, {"kernel-1, on, against native"}),
    ],
)
def test_what_is_measured(
    run: Callable[[int], Certificate], kind: type, change: dict[str, Any], expected: set[str]
) -> None:
    there = found(run(0), changed(run(0), kind, lambda result: replace(result, **change)))
    assert {what for _, _, what in there} == expected
    assert all(direction == "worse" for direction, _, _ in there)


def test_what_is_on_one_side_only(run: Callable[[int], Certificate]) -> None:
    old = run(0)
    new = close(old.header, old.items[1:], ended="")
    told = compare(old, new)
    assert told.only_old == ("loop-0 (deadline, on)",)
    assert told.only_new == ()
    assert told.changes == ()
    assert compare(new, old).only_new == ("loop-0 (deadline, on)",)


def test_a_case_that_has_no_result(good: Certificate) -> None:
    def with_outcome(engine: str, outcome: Any) -> Certificate:
        more = Item(id=f"test_x.py::test_x[{engine}-all]", outcome=outcome, seconds=1)
        return close(replace(good.header, engine=engine), (*good.items, more), ended="")

    assert found(with_outcome("mine", "passed"), with_outcome("exec:it", "failed")) == {
        ("worse", "grade", "grade"),
        ("worse", "case", "test_x.py::test_x[*-all]"),
    }


def test_the_grade(good: Certificate) -> None:
    worse = close(good.header, good.items, ended="", cut_short="interrupted")
    assert compare(good, worse).worse == [
        Change(direction="worse", kind="grade", what="grade", old="A", new="-")
    ]
    quick = close(replace(good.header, profile="quick"), good.items, ended="")
    told = compare(good, quick)
    assert told.changes == ()
    assert told.notes == ("different profiles (profile: standard, now quick)",)
