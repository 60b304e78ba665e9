"""Every rule decides: a run that breaks one, and only that one, is not certified, and the rule says why."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from harness import rules
from harness.certificate import Certificate, Header, Item, close, digest
from harness.results import CommandFailure, Tally, Verdict

SPEC = "cases/test_spec.py::test_spec[mine-i32.wast]"


def broken(certificate: Certificate) -> dict[str, str]:
    """The rules that were broken, with the first objection."""
    return {check.rule: check.first for check in certificate.footer.checks if not check.passed}


def again(certificate: Certificate, items: tuple[Item, ...], cut_short: str = "") -> Certificate:
    return close(certificate.header, items, ended=certificate.footer.ended, cut_short=cut_short)


def planned(certificate: Certificate, *ids: str) -> Header:
    """The header of a run in which these were to run."""
    return replace(certificate.header, planned=ids, plan=digest(ids))


def changed(certificate: Certificate, id: str, **fields: Any) -> Certificate:
    """With one field of the only result of an item changed."""
    items = tuple(
        replace(item, results=(replace(item.results[0], **fields),)) if item.id == id else item
        for item in certificate.items
    )
    return again(certificate, items)


def test_a_run_that_keeps_every_rule_is_certified(good: Certificate) -> None:
    assert broken(good) == {}
    assert good.footer.certified
    assert good.footer.complete
    assert [check.rule for check in good.footer.checks] == [rule.name for rule in rules.RULES]


def test_cut_short(good: Certificate) -> None:
    certificate = again(good, good.items, cut_short="interrupted")
    assert broken(certificate) == {"complete": "interrupted"}
    assert not certificate.footer.complete
    assert not certificate.footer.certified


def test_an_engine_that_was_narrowed(good: Certificate) -> None:
    header = replace(good.header, options={**good.header.options, "features": "mvp,simd"})
    certificate = close(header, good.items, ended="")
    assert broken(certificate) == {"coverage": "the suite ran with these features only: mvp,simd"}


def test_an_item_that_did_not_run(good: Certificate) -> None:
    header = planned(good, *good.header.planned, "one more")
    certificate = close(header, good.items, ended="")
    assert broken(certificate) == {"complete": "did not run: one more"}


@pytest.mark.parametrize(
    ("scope", "objection"),
    [
        ({"scripts": 2}, "1 of 2 files of the official suite"),
        ({"scripts": 0}, "no files of the official suite to be found"),
        ({"on": 2}, "1 of 2 scenarios, cancellation on"),
        ({"on": 0}, "no scenarios, cancellation on to be found"),
        ({"off": 3}, "1 of 3 scenarios, cancellation off"),
        ({"cases": ()}, "no cases to be found"),
        ({"cases": ("test_spec.py::test_spec", "test_a.py::test_b")}, "left out: test_a.py::test_b"),
        ({"kernels": 2}, "1 of 2 kernels"),
        ({"kernels": 0}, "no kernels to be found"),
    ],
)
def test_something_was_left_out(good: Certificate, scope: dict[str, Any], objection: str) -> None:
    header = replace(good.header, scope=replace(good.header.scope, **scope))
    certificate = close(header, good.items, ended="")
    assert broken(certificate) == {"coverage": objection}
    assert not certificate.footer.certified


def test_a_case_that_is_written_out_stands_for_no_fixture(good: Certificate) -> None:
    certificate = changed(good, "off", fixture="cases/test_when.py")
    assert broken(certificate) == {"coverage": "0 of 1 scenarios, cancellation off"}


def test_scenarios_with_cancellation_off_were_left_out(good: Certificate) -> None:
    items = tuple(item for item in good.items if item.id != "off")
    header = planned(good, *(item.id for item in items))
    certificate = close(header, items, ended="")
    assert broken(certificate) == {"coverage": "0 of 1 scenarios, cancellation off"}


@pytest.mark.parametrize("outcome", ["failed", "error"])
def test_a_case_that_failed(good: Certificate, outcome: Any) -> None:
    first, *rest = good.items
    certificate = again(good, (replace(first, outcome=outcome, why="it broke"), *rest))
    assert broken(certificate) == {"cases": f"{SPEC}: it broke"}


@pytest.mark.parametrize("outcome", ["failed", "error"])
@pytest.mark.parametrize(
    ("id", "counts"),
    [
        ("cases/test_afterwards.py::test_after_recall[mine]", True),
        ("test_afterwards.py::test_after_recall[mine]", True),
        ("cases/test_scenarios.py::test_scenario[mine-off-loop-br-close]", True),
        ("cases/test_scenarios.py::test_no_fixture_is_left_out[mine]", False),
        ("cases/test_growth.py::test_growth[mine]", False),
    ],
)
def test_a_case_of_stopping_that_broke(good: Certificate, outcome: Any, id: str, counts: bool) -> None:
    """By a time limit, for one: then it has no result, and nobody knows whether the call ever stopped."""
    item = Item(id=id, outcome=outcome, seconds=600, why="Timeout (>600.0s)")
    told = f"{id}: Timeout (>600.0s)"
    certificate = close(planned(good, *good.header.planned, id), (*good.items, item), ended="")
    assert broken(certificate) == {"cases": told} | ({"stopping": told} if counts else {})
    assert certificate.footer.grade == ("E" if counts else "C")


def test_what_a_case_of_stopping_has_told_counts_for_it(good: Certificate) -> None:
    id = "cases/test_afterwards.py::test_after_recall[mine]"
    item = replace(next(item for item in good.items if item.id == "on"), id=id, outcome="error", why="later")
    certificate = close(planned(good, *good.header.planned, id), (*good.items, item), ended="")
    assert broken(certificate) == {"cases": f"{id}: later"}


def test_a_wrong_answer_to_the_suite(good: Certificate) -> None:
    failure = CommandFailure(line=7, command="assert_return", expected="i32 1", got="i32 2")
    certificate = changed(good, SPEC, features={"mvp": Tally(passed=41, failed=1)}, failures=(failure,))
    assert broken(certificate) == {"conformance": "i32.wast:7: assert_return: expected i32 1, got i32 2"}


@pytest.mark.parametrize("tally", [Tally(passed=41, failed=1), Tally(passed=41, not_run=1)])
def test_a_command_that_failed_without_being_told_of(good: Certificate, tally: Tally) -> None:
    certificate = changed(good, SPEC, features={"mvp": tally})
    assert broken(certificate) == {"conformance": "i32.wast: 1 more commands failed or did not run"}


def test_a_suite_of_which_nothing_applies(good: Certificate) -> None:
    certificate = changed(good, SPEC, features={}, not_applicable={"mvp: not offered": 42})
    assert broken(certificate) == {"conformance": "no command passed"}


@pytest.mark.parametrize(
    ("verdict", "rule"),
    [
        (verdict, "latency" if verdict is Verdict.LATE_INTERRUPTED else "stopping")
        for verdict in Verdict
        if not verdict.good and verdict is not Verdict.UNSUPPORTED
    ],
)
@pytest.mark.parametrize("switch", ["on", "off"])
def test_every_bad_verdict_counts(good: Certificate, verdict: Verdict, rule: str, switch: str) -> None:
    extra = next(item for item in good.items if item.id == switch)
    worse = replace(
        extra, id="another", results=(replace(extra.results[0], verdict=verdict, detail="because"),)
    )
    header = planned(good, *good.header.planned, "another")
    certificate = close(header, (*good.items, worse), ended="")
    assert broken(certificate) == {rule: f"loop-br (deadline, {switch}): {verdict.value}: because"}


def test_unsupported_is_no_offence(good: Certificate) -> None:
    certificate = changed(good, "off", verdict=Verdict.UNSUPPORTED)
    assert certificate.footer.certified


@pytest.mark.parametrize("verdict", [Verdict.UNSUPPORTED, Verdict.RIGHT])
def test_an_engine_that_never_stopped_anything(good: Certificate, verdict: Verdict) -> None:
    certificate = changed(good, "on", verdict=verdict)
    assert broken(certificate) == {"stopping": "nothing was ever stopped"}


def test_an_engine_that_cannot_be_stopped_has_no_price_of_it(good: Certificate) -> None:
    certificate = changed(good, "on", verdict=Verdict.UNSUPPORTED)
    header = replace(
        planned(certificate, *good.header.planned[:-1]),
        capabilities=replace(good.header.capabilities, interrupts="none"),
    )
    certificate = close(header, certificate.items[:-1], ended="")
    assert broken(certificate) == {"stopping": "nothing was ever stopped"}
    assert certificate.footer.grade == "F"


def test_late_is_stopped_all_the_same(good: Certificate) -> None:
    certificate = changed(good, "on", verdict=Verdict.LATE_INTERRUPTED)
    assert broken(certificate) == {"latency": "loop-br (deadline, on): late-interrupted"}


def test_a_part_is_missing(good: Certificate) -> None:
    certificate = close(replace(good.header, shards=3, shard=(1, 3)), good.items, ended="")
    assert broken(certificate) == {"complete": "part 2 of 3 is missing"}
    assert not certificate.footer.complete


def test_a_profile_nobody_knows(good: Certificate) -> None:
    certificate = close(replace(good.header, profile="lazy"), good.items, ended="")
    assert broken(certificate) == {"coverage": "nobody knows what the profile 'lazy' asks for"}


def test_late_in_an_earlier_round_only(good: Certificate) -> None:
    certificate = changed(good, "on", latencies=(1_000_000, 100_000_001))
    assert certificate.footer.certified
