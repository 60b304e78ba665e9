"""The sentence about an engine follows from its results, by the rules of `harness.report.sentence`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from harness.certificate import close
from harness.engine import Capabilities
from harness.report.columns import columns
from harness.report.matrix import matrix
from harness.report.page import lead
from harness.report.sentence import sentence
from harness.results import Verdict
from tests.report.conftest import measures, scenario, suite

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from harness.certificate import Certificate
    from harness.results import ScenarioResult

    Make = Callable[..., Certificate]


def said(certificate: Certificate) -> str:
    (column,) = columns([certificate])
    return str(sentence(column, matrix([column])))


def loops(*verdicts: Verdict, group: str = "loops") -> list[ScenarioResult]:
    return [scenario(group, f"{group}-{at}", verdict) for at, verdict in enumerate(verdicts)]


@pytest.mark.parametrize(
    ("results", "headline"),
    [
        (loops(Verdict.TERMINATED), "stops 1 endless shape it was tried with"),
        (
            loops(Verdict.TERMINATED, Verdict.TERMINATED),
            "stops all 2 endless shapes it was tried with",
        ),
        (
            [*loops(Verdict.TERMINATED), *loops(Verdict.HUNG, Verdict.TERMINATED, group="calls")],
            "stops every shape of loops, but not of calls: 1 of 3 endless shapes runs on",
        ),
        (
            [
                *loops(Verdict.TERMINATED),
                *loops(Verdict.HUNG, Verdict.HUNG, Verdict.LATE_INTERRUPTED, group="calls"),
                *loops(Verdict.CRASHED, Verdict.WRONG_OUTCOME, group="bulk"),
            ],
            "stops every shape of loops, but not of calls and bulk: "
            "1 of 6 endless shapes crashes it, 2 run on, 1 ends wrongly, 1 is stopped late",
        ),
        (
            loops(Verdict.HUNG, Verdict.LIED),
            "stops nothing: 1 of 2 endless shapes runs on, 1 only seems stopped",
        ),
        (
            loops(Verdict.TERMINATED, Verdict.EXIT_HANG),
            "stops some shapes of loops, but not all: 1 of 2 endless shapes keeps its process from ending",
        ),
        (
            loops(Verdict.TERMINATED, Verdict.UNSUPPORTED),
            "stops 1 endless shape it was tried with",
        ),
        (loops(Verdict.UNSUPPORTED), "was not tried with anything that does not end"),
    ],
)
def test_what_it_stops(make: Make, results: Sequence[ScenarioResult], headline: str) -> None:
    assert said(make(results)) == headline


def test_the_worst_of_all_ways_counts(make: Make) -> None:
    results = [
        scenario("loops", "loop-br"),
        scenario("loops", "loop-br", way="cancel"),
        scenario("loops", "loop-br", Verdict.HUNG, way="close", reach="reentry"),
        scenario("loops", "loop-br", Verdict.UNSUPPORTED, reach="instance"),
    ]
    assert said(make(results)) == "stops nothing: 1 of 1 endless shape runs on"


def test_with_cancellation_off_no_shape_counts(make: Make) -> None:
    results = [scenario("loops", "loop-br"), scenario("loops", "loop-br", Verdict.WRONG_OUTCOME, on=False)]
    assert said(make(results)) == "stops 1 endless shape it was tried with"


def test_what_ends_by_itself_is_another_case(make: Make) -> None:
    results = [
        scenario("loops", "loop-br"),
        scenario("traps", "trap-unreachable", Verdict.RIGHT, expected="traps unreachable"),
        scenario("traps", "trap-i31-get", Verdict.WRONG_OUTCOME, on=False, expected="traps null"),
        scenario("when", "expired-before", Verdict.UNSUPPORTED, fixture="cases/test_when.py"),
    ]
    assert said(make(results)) == "stops 1 endless shape it was tried with; 1 of 2 other cases fails"


def test_price_and_conformance(make: Make) -> None:
    certificate = make(loops(Verdict.TERMINATED), *measures(), suite())
    assert said(certificate).endswith(
        "; being stoppable costs 1.11× the time; "
        "passes all 420 commands of the official suite that apply to it"
    )
    certificate = make(loops(Verdict.TERMINATED), *measures(noise="busy"), suite(failed=1))
    assert said(certificate).endswith(
        "; being stoppable costs 1.02× the time (of 2 of 3 kernels); "
        "fails 1 of 420 commands of the official suite (passes 99.7 %)"
    )


def test_a_machine_too_noisy_for_anything(make: Make) -> None:
    noisy = [
        replace(item, results=tuple(replace(result, noise="busy") for result in item.results))
        for item in measures()
        if "overhead" in item.id and "latency" not in item.id
    ]
    told = said(make(loops(Verdict.TERMINATED), *noisy))
    assert told.endswith("; what being stoppable costs could not be told on that machine")


def test_a_machine_too_noisy_for_most_of_it_has_no_mean(make: Make) -> None:
    kernels = [item for item in measures() if "overhead" in item.id and "latency" not in item.id]
    first, *noisy = kernels
    noisy = [
        replace(item, results=tuple(replace(result, noise="busy") for result in item.results))
        for item in noisy
    ]
    told = said(make(loops(Verdict.TERMINATED), first, *noisy))
    assert "; what being stoppable costs could be told of 1 of 3 kernels only: " in told


def test_an_engine_that_cannot_be_stopped(deaf: Certificate, make: Make) -> None:
    assert said(deaf).startswith("cannot be stopped, and says so")
    silent = make(loops(Verdict.HUNG))
    header = replace(silent.header, capabilities=Capabilities(interrupts="none"))
    assert said(close(header, silent.items, ended="")) == "cannot be stopped, and says so"


def test_all_of_them_together(good: Certificate, bad: Certificate, deaf: Certificate, make: Make) -> None:
    def told(*certificates: Certificate) -> str:
        found = columns(certificates)
        return lead(found, matrix(found))

    assert told(good) == "mine stops everything it was tried with."
    assert told(bad) == "other does not stop everything it was tried with."
    assert told(good, bad) == "1 of 2 engines stops everything it was tried with."
    assert told(good, bad, good) == "2 of 3 engines stop everything they were tried with."
    assert told(good, good) == "All 2 engines stop everything they were tried with."
    assert told(bad, deaf) == "None of 2 engines stops everything it was tried with."
    ends = make([scenario("traps", "trap-unreachable", Verdict.RIGHT, expected="traps unreachable")])
    assert told(ends) == "Nothing here was tried with code that does not end."
