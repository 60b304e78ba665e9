"""The cases that try what an engine says of itself, on engines each of which lies about one thing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec import structs

from cases import test_capabilities as capabilities
from harness.outcome import Failed
from harness.results import Verdict
from harness.sandbox.protocol import Instantiate
from harness.scenarios import Options, Workers, discover
from harness.scenarios.options import MS, S
from harness.scenarios.play import Play
from harness.scenarios.program import Assembled
from harness.standard.features import FEATURES

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.registry import Choice
    from harness.results import Result, ScenarioResult
    from harness.scenarios import Scenario

PATIENT = Options(deadline=20 * MS, bound=60 * S, grace=100 * MS, patience=60 * S)
IMPATIENT = structs.replace(PATIENT, patience=3 * S)
"""Where a call never ends; elsewhere a busy machine would be taken for an engine that hangs."""
CASES = {
    "interrupts": capabilities.test_interrupts,
    "after-interrupt": capabilities.test_after_interrupt,
    "compile": capabilities.test_covers_compile,
    "instantiate": capabilities.test_covers_instantiate,
    "host": capabilities.test_covers_host,
    "blocking": capabilities.test_covers_blocking,
    "features": capabilities.test_features,
    "refused": capabilities.test_features_refused,
    "narrowed": capabilities.test_features_narrowed,
}
SCENARIOS = {scenario.id: scenario for scenario in discover().scenarios}
SOUND = frozenset({Verdict.TERMINATED, Verdict.RIGHT, Verdict.UNSUPPORTED})


@pytest.mark.parametrize(
    ("name", "case", "told"),
    [
        ("claiming.py:ClaimsToBeDeaf", "interrupts", "interrupts = none: expected: returns 42"),
        (
            "claiming.py:ClaimsReusable",
            "after-interrupt",
            "after_interrupt = reusable: the next call ends with",
        ),
        ("claiming.py:ClaimsGone", "after-interrupt", "after_interrupt = gone: reading 'memory' afterwards"),
        ("partly_deaf.py:StaysOpen", "after-interrupt", "after_interrupt = closed: the next call ends with"),
        ("claiming.py:ClaimsCompile", "compile", "covers: compile: "),
        ("claiming.py:ClaimsInstantiate", "instantiate", "covers: instantiate: killed after"),
        ("claiming.py:ClaimsHost", "host", "covers: host: killed after"),
        ("claiming.py:ClaimsBlocking", "blocking", "covers: blocking: killed after"),
        ("claiming.py:ClaimsVectors", "features", "features: simd, relaxed-simd: does not compile: "),
        ("claiming.py:Recants", "features", "features: simd, relaxed-simd: does not compile: "),
        (
            "claiming.py:ConcealsVectors",
            "refused",
            "features without relaxed-simd, simd: but takes ",
        ),
        ("claiming.py:NarrowsInWords", "narrowed", "features without bulk-memory: but takes "),
        ("claiming.py:WillNotNarrow", "narrowed", "although narrowed to the first version"),
    ],
)
def test_a_lie_is_told_by_its_case_alone(
    perform_case: Callable[..., tuple[ScenarioResult, list[Result]]], name: str, case: str, told: str
) -> None:
    found = {}
    with Workers() as workers:
        for key, test in CASES.items():
            options = IMPATIENT if key == case and told.endswith("killed after") else PATIENT
            found[key], _ = perform_case(name, test, options, workers, SCENARIOS)
    assert {key for key, result in found.items() if result.verdict not in SOUND} == {case}
    assert found[case].verdict is Verdict.WRONG_OUTCOME
    assert found[case].detail.startswith("declares ")
    assert told in found[case].detail


def test_one_that_never_stops(
    perform_case: Callable[..., tuple[ScenarioResult, list[Result]]],
) -> None:
    with Workers() as workers:
        name, test = "claiming.py:ClaimsToPoll", capabilities.test_interrupts
        result, _ = perform_case(name, test, IMPATIENT, workers, SCENARIOS)
    assert result.verdict is Verdict.WRONG_OUTCOME
    assert result.detail.startswith("declares interrupts = polls: killed after")


def test_one_that_says_so(
    perform_case: Callable[..., tuple[ScenarioResult, list[Result]]],
) -> None:
    with Workers() as workers:
        name, test = "claiming.py:Deaf", capabilities.test_interrupts
        result, _ = perform_case(name, test, PATIENT, workers, SCENARIOS)
    assert result.verdict is Verdict.RIGHT, result.detail


def test_features_of_one_that_links_nothing(
    perform_case: Callable[..., tuple[ScenarioResult, list[Result]]],
) -> None:
    with Workers() as workers:
        name, test = "claiming.py:LinksNothing", capabilities.test_features
        result, _ = perform_case(name, test, PATIENT, workers, SCENARIOS)
    assert result.verdict is Verdict.RIGHT, result.detail


def test_what_was_taken_of_a_program_that_is_refused_is_forgotten(
    make: Callable[..., Scenario], engine: Callable[..., Choice]
) -> None:
    scenario = make("run: dance", "returns")
    program = scenario.program
    scenario.__dict__["program"] = program._replace(modules=(Assembled("A", b"a: return"), *program.modules))
    with Workers() as workers:
        play = Play(engine("honest.py:Honest").engine, PATIENT, workers, {})
        worker = play.worker()
        assert capabilities.refuses(play, worker, scenario)
        (report,) = worker.run([Instantiate("i", "undeclared:A")], patience=60)
        play.abandon()
    assert report.outcome == Failed("LookupError: no module named 'undeclared:A'")


def test_every_feature_has_a_module() -> None:
    """Whose header says what it needs, and which needs that feature."""
    modules = {scenario.id: scenario for scenario in SCENARIOS.values() if scenario.group == "features"}
    assert modules.keys() == {f"feature-{name}" for name in FEATURES}
    for id, scenario in modules.items():
        assert id.removeprefix("feature-") in scenario.program.features
