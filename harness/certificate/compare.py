"""One certificate against another: what got better, what got worse, and what cannot be compared.

Verdicts and commands are compared one by one; what was measured by the rules of `harness.certificate.shift`,
and only where both runs took place on the same machine.
"""

from __future__ import annotations

from collections import defaultdict
from statistics import median
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeVar

import msgspec

from harness import grades, summary
from harness.certificate import shift
from harness.certificate.merge import differs
from harness.duration import show
from harness.results import (
    CostResult,
    FloorResult,
    ScenarioResult,
    SpeedResult,
    Verdict,
    Way,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from harness.certificate.document import Certificate
    from harness.results import SpecResult

K = TypeVar("K")
T = TypeVar("T")
R = TypeVar("R")
Direction: TypeAlias = Literal["worse", "better"]


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is otherwise than it was."""

    direction: Direction
    kind: str
    """``verdict``, ``conformance``, ``latency``, ``overhead`` ..."""
    what: str
    old: str
    new: str


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
        found += _latencies(old, new)
        found += _measures(old, new)
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


def _grades(old: Certificate, new: Certificate) -> Iterator[Change]:
    if differs(old.header, new.header, fields=("profile", "options")) is not None:
        return
    ranks = {terms.grade: rank for rank, terms in enumerate(grades.GRADES)}
    before, now = old.footer.grade, new.footer.grade
    yield from _change("grade", "grade", before, now, ranks[before], ranks[now])


def _verdicts(old: Certificate, new: Certificate) -> Iterator[Change]:
    before, now = (_by(certificate.scenarios, summary.named) for certificate in (old, new))
    for name, (was, is_) in _both(before, now):
        yield from _change(
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
    before, now = (_by(certificate.scripts, lambda script: script.file) for certificate in (old, new))
    for _, (was, is_) in _both(before, now):
        failed, fails = _failures(was), _failures(is_)
        for name in fails.keys() - failed.keys():
            yield Change(direction="worse", kind="conformance", what=name, old="passed", new=fails[name])
        for name in failed.keys() - fails.keys():
            yield Change(direction="better", kind="conformance", what=name, old=failed[name], new="passed")
        missed, misses = _not_run(was), _not_run(is_)
        yield from _change(
            "conformance", f"{was.file}: commands not run", str(missed), str(misses), missed, misses
        )
        left, leaves = sum(was.not_applicable.values()), sum(is_.not_applicable.values())
        yield from _change(
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
    for name, (was, is_) in _both(before, now):
        if not (was.results and is_.results):
            yield from _change(
                "case", name, was.outcome, is_.outcome, order.index(was.outcome), order.index(is_.outcome)
            )


def _latencies(old: Certificate, new: Certificate) -> Iterator[Change]:
    before, now = (_samples(run.scenarios) for run in (old, new))
    ways = dict.fromkeys(way for _, way in before)
    for way in ways:
        floors = [_floor(run, way) for run in (old, new)]
        moved = floors[1] / floors[0] if all(floors) else 1.0
        was, is_ = ({id: samples for (id, at), samples in run.items() if at == way} for run in (before, now))
        for direction, a, b in _directions(was, is_):
            times = shift.shifted(a, b, moved if direction == "worse" else 1 / moved)
            if times is not None:
                longer = times if direction == "worse" else 1 / times
                what = f"all scenarios together ({way})"
                yield Change(
                    direction=direction, kind="latency", what=what, old="1", new=f"{longer:.2f} times"
                )
    for (id, way), (samples, others) in _both(before, now):
        yield from _moved("latency", f"{id} ({way})", samples, others, shift.longer)


def _samples(scenarios: Iterable[ScenarioResult]) -> dict[tuple[str, Way], list[int]]:
    """Latencies by scenario and way, of all ways to reach it."""
    found: dict[tuple[str, Way], list[int]] = defaultdict(list)
    for result in scenarios:
        if result.latencies:
            found[result.id, result.way] += result.latencies
    return found


def _floor(run: Certificate, way: Way) -> float:
    floors = [result for result in run.of(FloorResult) if result.way == way and result.latencies]
    return median(floors[0].latencies) if floors else 0.0


def _measures(old: Certificate, new: Certificate) -> Iterator[Change]:
    for _, (was, is_) in _both(*(_by(run.overheads, lambda it: it.kernel) for run in (old, new))):
        yield from _ratio("overhead", was.kernel, was, is_)
        yield from _moved("time", was.kernel, was.off, is_.off, shift.slower)
    for name, (cost, costs) in _both(*(_by(run.of(CostResult), _cost) for run in (old, new))):
        yield from _ratio("cost", name, cost, costs)
        yield from _moved("time", name, cost.off, costs.off, shift.slower)
    for name, (speed, speeds) in _both(*(_by(run.of(SpeedResult), _speed) for run in (old, new))):
        yield from _ratio("speed", name, speed, speeds)


def _cost(result: CostResult) -> str:
    return f"{result.what} {result.module}"


def _speed(result: SpeedResult) -> str:
    return f"{result.kernel}, {'on' if result.interruptible else 'off'}, against native"


def _ratio(kind: str, what: str, old: shift.Interval, new: shift.Interval) -> Iterator[Change]:
    for direction, a, b in _directions(old, new):
        if shift.higher(a, b):
            yield Change(direction=direction, kind=kind, what=what, old=_interval(old), new=_interval(new))


def _moved(
    kind: str,
    what: str,
    old: Sequence[int],
    new: Sequence[int],
    longer: Callable[[Sequence[int], Sequence[int]], bool],
) -> Iterator[Change]:
    for direction, a, b in _directions(old, new):
        if longer(a, b):
            yield Change(
                direction=direction, kind=kind, what=what, old=show(median(old)), new=show(median(new))
            )


def _directions(old: T, new: T) -> tuple[tuple[Direction, T, T], tuple[Direction, T, T]]:
    """What got worse the one way round got better the other."""
    return ("worse", old, new), ("better", new, old)


def _change(kind: str, what: str, old: str, new: str, was: int, is_: int) -> Iterator[Change]:
    """A change, if the rank of it is another; a higher one is worse."""
    if was != is_:
        direction: Direction = "worse" if is_ > was else "better"
        yield Change(direction=direction, kind=kind, what=what, old=old, new=new)


def _interval(ratio: shift.Interval) -> str:
    return f"{ratio.low:.3f} to {ratio.high:.3f}"


def _by(results: Iterable[R], name: Callable[[R], str]) -> dict[str, R]:
    return {name(result): result for result in results}


def _both(old: Mapping[K, R], new: Mapping[K, R]) -> Iterator[tuple[K, tuple[R, R]]]:
    """What is in both, in the order of the first."""
    return ((key, (value, new[key])) for key, value in old.items() if key in new)


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
        *(_cost(result) for result in run.of(CostResult)),
        *(_speed(result) for result in run.of(SpeedResult)),
    ]
