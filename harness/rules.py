"""The rules that decide whether an engine is certified: each stated in a sentence, all of them needed.

A rule reads a certificate and yields what speaks against the engine; a rule that finds nothing has passed.
`unsupported` is no offence: it is counted and shown. But an engine that never stopped anything, or that
passed no command, has shown nothing, and is not certified. Nor is an engine with known failures
(`harness.expectations`): they do not fail the run, but the engine they do fail, by the rules in `FINDINGS`.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import msgspec

from harness import grades
from harness.profiles import PROFILES
from harness.results import ScenarioResult, Verdict
from harness.summary import describe, first_line, named

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness.certificate import Certificate, Item

_EVERY_FIXTURE = "test_scenario"
"""The case that tries the fixtures, one after the other."""


class Check(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a rule made of a run."""

    rule: str
    passed: bool
    against: int
    """How many things speak against it."""
    first: str = ""
    """The first of them, in one line."""


Judge: TypeAlias = "Callable[[Certificate], Iterator[str]]"


class Rule(NamedTuple):
    """A rule, under the name the certificate and the table use."""

    name: str
    statement: str
    objections: Judge


def _complete(certificate: Certificate) -> Iterator[str]:
    from harness.certificate import missing

    header, footer = certificate.header, certificate.footer
    if footer.cut_short:
        yield footer.cut_short
    for part in missing(header):
        yield f"part {part} of {header.shards} is missing"
    ran = {item.id for item in certificate.items}
    for planned in header.planned:
        if planned not in ran:
            yield f"did not run: {planned}"


def _coverage(certificate: Certificate) -> Iterator[str]:
    header, scope = certificate.header, certificate.header.scope
    if header.profile not in PROFILES:
        yield f"nobody knows what the profile {header.profile!r} asks for"
    if "features" in header.options:
        yield f"the suite ran with these features only: {header.options['features']}"
    # cases that are written out record scenarios too, but are not what the scope counts
    crosses = {
        (result.id, result.way, result.reach, result.interruptible)
        for result in certificate.scenarios
        if result.fixture.endswith(".wat")
    }
    for what, seen, there in (
        ("files of the official suite", len({result.file for result in certificate.scripts}), scope.scripts),
        ("scenarios, cancellation on", sum(on for *_, on in crosses), scope.on),
        ("scenarios, cancellation off", sum(not on for *_, on in crosses), scope.off),
        ("kernels", len({result.kernel for result in certificate.overheads}), scope.kernels),
    ):
        if what == "kernels" and header.capabilities.interrupts == "none":
            continue  # being stoppable has no price where it is not to be had
        if there == 0:
            yield f"no {what} to be found"
        elif seen < there:
            yield f"{seen} of {there} {what}"
    if not scope.cases:
        yield "no cases to be found"
    tried = {item.id.partition("[")[0].rpartition("/")[2] for item in certificate.items}
    for case in scope.cases:
        if case not in tried:
            yield f"left out: {case}"


def _cases(certificate: Certificate) -> Iterator[str]:
    for item in certificate.items:
        if item.outcome in ("failed", "error"):
            yield f"{item.id}: {item.why}"


def _conformance(certificate: Certificate) -> Iterator[str]:
    tallies = [tally for result in certificate.scripts for tally in result.features.values()]
    if not any(tally.passed for tally in tallies):
        yield "no command passed"
    for result in certificate.scripts:
        for failure in result.failures:
            yield describe(result.file, failure)
        told = len(result.failures)
        missed = sum(tally.failed + tally.not_run for tally in result.features.values())
        if missed > told:
            yield f"{result.file}: {missed - told} more commands failed or did not run"


def _transparency(certificate: Certificate) -> Iterator[str]:
    header = certificate.header
    wanted = header.options.get("both") is True and header.capabilities.interrupts != "none"
    for result in certificate.scripts:
        for failure in result.differs or ():
            place = f"{result.file}:{failure.line}: {failure.command}"
            yield f"{place}: off {first_line(failure.expected)}, on {first_line(failure.got)}"
        if wanted and result.differs is None:
            yield f"{result.file}: on was not compared with off"


def _stopping(certificate: Certificate) -> Iterator[str]:
    for result in certificate.scenarios:
        if not (result.verdict.good or result.verdict in (Verdict.UNSUPPORTED, Verdict.LATE_INTERRUPTED)):
            yield _told(result)
    for item in certificate.items:
        if item.outcome in ("failed", "error") and _untold(item):
            yield f"{item.id}: {item.why}"
    if not grades.stopped(certificate):
        yield "nothing was ever stopped"


def _untold(item: Item) -> bool:
    """Whether a case about stopping ended without a word of it, as by pytest's time limit."""
    if any(isinstance(result, ScenarioResult) for result in item.results):
        return False
    from harness.scenarios.written import titled

    place, _, name = item.id.partition("::")
    function = name.partition("[")[0]
    title = titled(Path(place), function, "")
    return function == _EVERY_FIXTURE or (title.fixture, title.id) in _written_out()


@cache
def _written_out() -> frozenset[tuple[str, str]]:
    """The installed cases that are written out: their file and what they are called."""
    from harness import provenance
    from harness.scenarios.written import written

    titles = (case.title for case in written(provenance.cases()))
    return frozenset((title.fixture, title.id) for title in titles)


def _latency(certificate: Certificate) -> Iterator[str]:
    for result in certificate.scenarios:
        if result.verdict is Verdict.LATE_INTERRUPTED:
            yield _told(result)


def _told(result: ScenarioResult) -> str:
    detail = f": {result.detail}" if result.detail else ""
    return f"{named(result)}: {result.verdict.value}{detail}"


RULES = (
    Rule("complete", "The run came to its end and every planned case ran.", _complete),
    Rule("coverage", "It covers all that its profile asks for: suite, scenarios, kernels, cases.", _coverage),
    Rule("cases", "No case failed that is not known to.", _cases),
    Rule("conformance", "Every applicable command of the official suite passed.", _conformance),
    Rule("transparency", "The suite comes out the same with cancellation on and off.", _transparency),
    Rule("stopping", "Whatever must stop was stopped, and nothing else was.", _stopping),
    Rule(
        "latency", "Every interruption came within its bound, in one of three rounds at the latest.", _latency
    ),
)

FINDINGS = frozenset({"conformance", "transparency", "stopping", "latency"})
"""The rules that look at what was found, and not at whether anybody knew."""


def apply(certificate: Certificate) -> tuple[Check, ...]:
    """Try every rule."""
    checks = []
    for rule in RULES:
        objections = list(rule.objections(certificate))
        checks.append(
            Check(
                rule=rule.name,
                passed=not objections,
                against=len(objections),
                first=objections[0] if objections else "",
            )
        )
    return tuple(checks)
