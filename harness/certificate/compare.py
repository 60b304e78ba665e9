"""One certificate against another: what got better, what got worse, and what cannot be compared.

Verdicts and commands are compared one by one; what was measured by the rules of `harness.certificate.shift`,
and only where both runs took place on the same machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from harness import grades, summary
from harness.certificate import measured
from harness.certificate.changes import Change, both, by, ranked
from harness.certificate.merge import differs
from harness.duration import show
from harness.results import CostResult, SpeedResult, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.certificate.document import Certificate
    from harness.results import SpecResult


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Two runs, held against each other."""

    changes: tuple[Change, ...]
    """The worse ones first."""
    only_old: tuple[str, ...]
    """What only the first of them has."""
    only_new: tuple[str, ...]
    notes: tuple[str, ...]
    """What was not compared, or only with care, and why, a line each."""

    @property
    def worse(self) -> list[Change]:
        """What got worse."""
        return [change for change in self.changes if change.direction == "worse"]


def compare(old: Certificate, new: Certificate) -> Comparison:
    """Compare two complete runs."""
    notes = list(_notes(old, new))
    found = [*_grades(old, new), *_verdicts(old, new)]
    if old.header.suite == new.header.suite:
        found += _commands(old, new)
    found += _outcomes(old, new)
    if comparable(old, new):
        found += measured.latencies(old, new)
        found += measured.measures(old, new)
    there, here = _inventory(old), _inventory(new)
    return Comparison(
        changes=tuple(sorted(found, key=lambda change: change.direction != "worse")),
        only_old=tuple(name for name in there if name not in here),
        only_new=tuple(name for name in here if name not in there),
        notes=tuple(notes),
    )


def comparable(old: Certificate, new: Certificate) -> bool:
    """Whether times of the two say something of each other."""
    return _place(old) == _place(new) and len(_place(old)) == 1 and old.header.jobs == new.header.jobs


def _place(certificate: Certificate) -> set[tuple[str, str, int]]:
    """The hardware; what runs on it may be newer."""
    machines = certificate.header.machines
    return {(machine.architecture, machine.processor, machine.cores) for machine in machines}


def _notes(old: Certificate, new: Certificate) -> Iterator[str]:
    for field, told in (
        ("name", "two different engines"),
        ("profile", "different profiles"),
        ("options", "different options"),
        ("cases", "different cases: a verdict may be one on something else"),
        ("suite", "different suites: commands are not compared"),
    ):
        difference = differs(old.header, new.header, fields=(field,))
        if difference is not None:
            yield f"{told} ({difference.place}: {difference.one}, now {difference.other})"
    if _place(old) != _place(new) or len(_place(old)) > 1:
        yield "different machines, or several: times and ratios are not compared"
    elif old.header.jobs != new.header.jobs:
        jobs = f"{old.header.jobs}, now {new.header.jobs}"
        yield f"different numbers of cases at a time ({jobs}): times and ratios are not compared"
    for which, late in (("the first", measured.busy(old)), ("the second", measured.busy(new))):
        if late:
            yield (
                f"the machine was busy in {which}: an engine that does nothing was up to {show(late)} late; "
                "what is only late is not compared"
            )


def _grades(old: Certificate, new: Certificate) -> Iterator[Change]:
    if differs(old.header, new.header, fields=("profile", "options")) is not None:
        return
    ranks = {terms.grade: rank for rank, terms in enumerate(grades.GRADES)}
    before, now = old.footer.grade, new.footer.grade
    yield from ranked("grade", "grade", before, now, ranks[before], ranks[now])


def _verdicts(old: Certificate, new: Certificate) -> Iterator[Change]:
    before, now = (by(certificate.scenarios, summary.named) for certificate in (old, new))
    late = comparable(old, new) and not (measured.busy(old) or measured.busy(new))
    for name, (was, is_) in both(before, now):
        if not late and {was.verdict, is_.verdict} == {Verdict.TERMINATED, Verdict.LATE_INTERRUPTED}:
            continue
        yield from ranked(
            "verdict",
            name,
            was.verdict.value,
            is_.verdict.value,
            _badness(was.verdict),
            _badness(is_.verdict),
        )


def _badness(verdict: Verdict) -> int:
    """All good verdicts are alike, not to offer something is worse, and the others are worse than that."""
    if verdict.good:
        return 0
    return 1 if verdict is Verdict.UNSUPPORTED else 2 + _FROM_BAD_TO_WORST.index(verdict)


_FROM_BAD_TO_WORST = (
    Verdict.NOT_RUN,
    Verdict.LATE_OK,
    Verdict.LATE_INTERRUPTED,
    Verdict.WRONG_OUTCOME,
    Verdict.EXIT_HANG,
    Verdict.LIED,
    Verdict.HUNG,
    Verdict.CRASHED,
)


def _commands(old: Certificate, new: Certificate) -> Iterator[Change]:
    before, now = (by(certificate.scripts, lambda script: script.file) for certificate in (old, new))
    for _, (was, is_) in both(before, now):
        failed, fails = _failures(was), _failures(is_)
        for name in fails.keys() - failed.keys():
            yield Change(direction="worse", kind="conformance", what=name, old="passed", new=fails[name])
        for name in failed.keys() - fails.keys():
            yield Change(direction="better", kind="conformance", what=name, old=failed[name], new="passed")
        missed, misses = _not_run(was), _not_run(is_)
        yield from ranked(
            "conformance", f"{was.file}: commands not run", str(missed), str(misses), missed, misses
        )
        left, leaves = sum(was.not_applicable.values()), sum(is_.not_applicable.values())
        yield from ranked(
            "conformance", f"{was.file}: commands not applicable", str(left), str(leaves), left, leaves
        )


def _failures(script: SpecResult) -> dict[str, str]:
    told = {
        f"{script.file}:{failure.line}: {failure.command}": f"got {summary.first_line(failure.got)}"
        for failure in script.failures
    }
    differ = {
        f"{script.file}:{failure.line}: {failure.command}, on and off": "came out otherwise"
        for failure in script.differs or ()
    }
    return told | differ


def _not_run(script: SpecResult) -> int:
    return sum(tally.not_run for tally in script.features.values())


def _outcomes(old: Certificate, new: Certificate) -> Iterator[Change]:
    """Of items that have no results of their own by which to tell."""
    order = ("passed", "skipped", "known", "failed", "error")
    before, now = ({_anonymous(item.id, run.header.engine): item for item in run.items} for run in (old, new))
    for name, (was, is_) in both(before, now):
        if not (was.results and is_.results):
            yield from ranked(
                "case", name, was.outcome, is_.outcome, order.index(was.outcome), order.index(is_.outcome)
            )


def _anonymous(id: str, engine: str) -> str:
    """An item without the engine's name, which may be another."""
    function, bracket, parameters = id.partition("[")
    return function + bracket + parameters.replace(engine, "*", 1)


def _inventory(run: Certificate) -> list[str]:
    """What a run has results of."""
    return [
        *(summary.named(result) for result in run.scenarios),
        *(result.file for result in run.scripts),
        *(result.kernel for result in run.overheads),
        *(measured.cost_name(result) for result in run.of(CostResult)),
        *(measured.speed_name(result) for result in run.of(SpeedResult)),
    ]
