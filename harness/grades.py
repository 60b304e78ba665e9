"""Grades: what an engine's certificate comes to in one letter, by stated conditions and never by feel.

Each grade wants some rules kept (`harness.rules`) and some things seen. An engine gets the best one whose
conditions all hold. Whatever speaks against an engine can only break a condition, never make one hold: worse
evidence never gives a better grade.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from harness import profiles
from harness.results import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.certificate import Certificate
    from harness.rules import Check

Grade: TypeAlias = Literal["A", "B", "C", "D", "E", "F", "-"]
WORST: Grade = "-"


class Terms(NamedTuple):
    """What a grade says, and what it takes."""

    grade: Grade
    statement: str
    rules: frozenset[str] = frozenset()
    """These are kept."""
    thorough: bool = False
    """It was tried as thoroughly as the profile `standard` at least."""
    stopped: bool = False
    """Something was stopped."""


_WHOLE = frozenset({"complete", "coverage"})
_TIMELY = _WHOLE | {"stopping", "latency"}
_ALL = _TIMELY | {"cases", "conformance", "transparency"}

GRADES = (
    Terms("A", "Every rule is kept, by a run of profile standard or nightly.", _ALL, thorough=True),
    Terms("B", "Every rule is kept, by a quicker look: profile quick, or laxer options.", _ALL),
    Terms("C", "Whatever must stop stops in time, but not every case and command passes.", _TIMELY),
    Terms("D", "Whatever must stop stops, but not always in time.", _WHOLE | {"stopping"}),
    Terms("E", "It can be stopped, but not everywhere, or not without harm.", _WHOLE, stopped=True),
    Terms("F", "It cannot be stopped.", _WHOLE),
    Terms("-", "Nothing can be said: the run is not whole."),
)
"""From the best to the worst; the last takes nothing."""


def of(certificate: Certificate, checks: Sequence[Check]) -> Grade:
    """The grade of a run, of which the rules have made `checks`."""
    kept = {check.rule for check in checks if check.passed}
    thorough = is_thorough(certificate)
    return next(
        terms.grade
        for terms in GRADES
        if terms.rules <= kept
        and (thorough or not terms.thorough)
        and (stopped(certificate) or not terms.stopped)
    )


def statement(grade: Grade) -> str:
    """What a grade says."""
    return next(terms.statement for terms in GRADES if terms.grade == grade)


def is_thorough(certificate: Certificate) -> bool:
    """Whether a run demanded at least what the profile `standard` does."""
    header = certificate.header
    return header.profile in ("standard", "nightly") and not laxer(certificate)


def laxer(certificate: Certificate) -> list[str]:
    """The options by which a run demanded less than its profile, each with its value: ``bound 5 s``."""
    from harness.adjustable import ADJUSTABLE
    from harness.duration import show

    header = certificate.header
    profile = profiles.PROFILES.get(header.profile)
    found = []
    for name in profile.laxer(header.options) if profile is not None else ():
        value = header.options[name]
        assert isinstance(value, int)
        option = ADJUSTABLE[name]
        found.append(f"{option.called or name} {show(value) if option.kind == 'time' else value}")
    return found


def stopped(certificate: Certificate) -> bool:
    """Whether anything was stopped, in time or late."""
    return any(
        result.verdict in (Verdict.TERMINATED, Verdict.LATE_INTERRUPTED) for result in certificate.scenarios
    )
