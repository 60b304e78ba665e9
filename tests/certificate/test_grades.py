"""A grade follows from conditions; worse evidence never gives a better one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from harness import grades, rules
from harness.certificate import Certificate, Item, close
from harness.results import CommandFailure, ScenarioResult, SpecResult, Tally, Verdict
from harness.scenarios import Options

if TYPE_CHECKING:
    from collections.abc import Callable

README = Path(__file__).parents[2] / "README.md"
BAD = [verdict for verdict in Verdict if not verdict.good]
FAILURE = CommandFailure(line=7, command="assert_return", expected="i32 1", got="i32 2")


def rank(certificate: Certificate) -> int:
    """Of its grade, 0 is the best."""
    return [terms.grade for terms in grades.GRADES].index(certificate.footer.grade)


def with_results(certificate: Certificate, change: Callable[[Any], Any]) -> Certificate:
    """Every result changed."""
    items = tuple(
        replace(item, results=tuple(change(result) for result in item.results)) for item in certificate.items
    )
    return close(certificate.header, items, ended="", cut_short=certificate.footer.cut_short)


def judged(verdict: Verdict, *, interruptible: bool) -> Callable[[Any], Any]:
    """All scenarios, on or off, have this verdict."""

    def change(result: Any) -> Any:
        ours = isinstance(result, ScenarioResult) and result.interruptible is interruptible
        return replace(result, verdict=verdict) if ours else result

    return change


def failing(result: Any) -> Any:
    if not isinstance(result, SpecResult):
        return result
    return replace(result, features={"mvp": Tally(passed=41, failed=1)}, failures=(FAILURE,))


def differing(result: Any) -> Any:
    return replace(result, differs=(FAILURE,)) if isinstance(result, SpecResult) else result


def late(certificate: Certificate) -> Certificate:
    return with_results(certificate, judged(Verdict.LATE_INTERRUPTED, interruptible=True))


def options(certificate: Certificate, **options: int) -> Certificate:
    return close(replace(certificate.header, options=options), certificate.items, ended="")


CHANGES: dict[str, tuple[Callable[[Certificate], Certificate], str]] = {
    "nothing": (lambda good: good, "A"),
    "more": (lambda good: options(good, repetitions=1_000), "A"),
    "quick": (lambda good: close(replace(good.header, profile="quick"), good.items, ended=""), "B"),
    "a laxer bound": (lambda good: options(good, bound=10**10), "B"),
    "fewer calls": (lambda good: options(good, calls=1), "B"),
    "a command fails": (lambda good: with_results(good, failing), "C"),
    "on is otherwise": (lambda good: with_results(good, differing), "C"),
    "late": (late, "D"),
    "late and failing": (lambda good: with_results(late(good), failing), "D"),
    "hung off": (lambda good: with_results(good, judged(Verdict.HUNG, interruptible=False)), "E"),
    "not offered": (lambda good: with_results(good, judged(Verdict.UNSUPPORTED, interruptible=True)), "F"),
    "hung on": (lambda good: with_results(good, judged(Verdict.HUNG, interruptible=True)), "F"),
    "cut short": (lambda good: close(good.header, good.items, ended="", cut_short="interrupted"), "-"),
    "left out": (lambda good: close(good.header, good.items[1:], ended=""), "-"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_each_grade_takes(good: Certificate, change: str) -> None:
    made, grade = CHANGES[change]
    assert made(good).footer.grade == grade


def weaken(draw: st.DrawFn, certificate: Certificate) -> Certificate:
    """Something speaks against the engine that did not before, or something no longer speaks for it."""
    header, items, footer = certificate.header, certificate.items, certificate.footer
    how = draw(st.sampled_from(["verdict", "command", "outcome", "drop", "empty", "quick", "laxer", "cut"]))
    if not items:
        how = "cut"
    place = draw(st.integers(0, max(0, len(items) - 1)))
    match how:
        case "verdict":
            verdict = draw(st.sampled_from(BAD))

            def change(result: Any) -> Any:
                # what was bad before stays as bad
                ours = isinstance(result, ScenarioResult) and result.verdict.good
                return replace(result, verdict=verdict) if ours else result

            items = (*items[:place], _changed(items[place], change), *items[place + 1 :])
        case "command":
            items = (*items[:place], _changed(items[place], failing), *items[place + 1 :])
        case "outcome":
            worse = replace(items[place], outcome=draw(st.sampled_from(["failed", "error"])), why="it broke")
            items = (*items[:place], worse, *items[place + 1 :])
        case "drop":
            items = (*items[:place], *items[place + 1 :])
        case "empty":
            items = (*items[:place], replace(items[place], results=()), *items[place + 1 :])
        case "quick":
            header = replace(header, profile="quick")
        case "laxer":
            header = replace(header, options=header.options | {"bound": Options().bound * 9, "calls": 1})
        case "cut":
            return close(header, items, ended=footer.ended, cut_short="interrupted")
    return close(header, items, ended=footer.ended, cut_short=footer.cut_short)


def _changed(item: Item, change: Callable[[Any], Any]) -> Item:
    return replace(item, results=tuple(change(result) for result in item.results))


@given(data=st.data())
def test_worse_evidence_never_gives_a_better_grade(whole_run: Certificate, data: st.DataObject) -> None:
    certificate = whole_run
    for _ in range(data.draw(st.integers(1, 5), label="times")):
        worse = data.draw(st.composite(weaken)(certificate), label="worse")
        assert rank(worse) >= rank(certificate)
        assert certificate.footer.certified or not worse.footer.certified
        certificate = worse


def test_conditions_are_of_rules_there_are() -> None:
    names = {rule.name for rule in rules.RULES}
    assert all(terms.rules <= names for terms in grades.GRADES)
    assert grades.GRADES[0].rules == names
    assert grades.GRADES[-1] == (grades.WORST, grades.statement("-"), frozenset(), False, False)


def test_the_table_in_the_readme_is_this_one() -> None:
    text = README.read_text(encoding="utf-8").lower()
    for grade, statement, *_ in grades.GRADES:
        assert f"| {grade.lower()} | {statement.lower().removesuffix('.')} |" in text
    for rule in rules.RULES:
        assert f"| {rule.name} | " in text
