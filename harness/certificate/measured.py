"""What was measured in two runs, held against each other by the rules of `harness.certificate.shift`."""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from statistics import median
from typing import TYPE_CHECKING

from harness.certificate import shift
from harness.certificate.changes import Change, both, by, directions
from harness.duration import show
from harness.results import CostResult, FloorResult, ScenarioResult, SpeedResult, Way

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from harness.certificate.document import Certificate

WAYS: tuple[Way, ...] = ("deadline", "cancel", "close")


def latencies(old: Certificate, new: Certificate) -> Iterator[Change]:
    """How late interruptions come, in each way, of all scenarios together and of each."""
    before, now = (_samples(run.scenarios) for run in (old, new))
    for way in WAYS:
        was, is_ = before[way], now[way]
        floors = [_floor(run, way) for run in (old, new)]
        lag, lags = (median(floor) if floor else 0 for floor in floors)
        moved = lags / lag if min(lag, lags) > 0 else 1.0
        for direction, a, b in directions(was, is_):
            times = shift.shifted(a, b, moved if direction == "worse" else 1 / moved)
            if times is not None:
                longer = times if direction == "worse" else 1 / times
                what = f"all scenarios together ({way})"
                yield Change(
                    direction=direction, kind="latency", what=what, old="1", new=f"{longer:.2f} times"
                )
        noise = shift.explained(was, is_, [*floors[0], *floors[1]])
        for id, (samples, others) in both(was, is_):
            yield from _moved(
                "latency", f"{id} ({way})", samples, others, partial(shift.longer, explained=noise)
            )


def _samples(scenarios: Iterable[ScenarioResult]) -> Mapping[Way, dict[str, list[int]]]:
    """Latencies by way and scenario, whatever the way to its code."""
    found: dict[Way, dict[str, list[int]]] = {way: defaultdict(list) for way in WAYS}
    for result in scenarios:
        if result.latencies:
            found[result.way][result.id] += result.latencies
    return found


def _floor(run: Certificate, way: Way) -> tuple[int, ...]:
    return next((result.latencies for result in run.of(FloorResult) if result.way == way), ())


def busy(run: Certificate) -> int:
    """How late (ns) an engine that does nothing was, if so late that lateness says nothing; 0 if not."""
    worst = max((max(result.latencies, default=0) for result in run.of(FloorResult)), default=0)
    return worst if worst > shift.AT_LEAST else 0


def measures(old: Certificate, new: Certificate) -> Iterator[Change]:
    """What being stoppable costs, what making a module ready does, and how fast kernels are."""
    for _, (was, is_) in both(*(by(run.overheads, lambda it: it.kernel) for run in (old, new))):
        yield from _ratio("overhead", was.kernel, was, is_)
        yield from _moved("time", was.kernel, was.off, is_.off, shift.slower)
    for name, (cost, costs) in both(*(by(run.of(CostResult), cost_name) for run in (old, new))):
        yield from _ratio("cost", name, cost, costs)
        yield from _moved("time", name, cost.off, costs.off, shift.slower)
    for name, (speed, speeds) in both(*(by(run.of(SpeedResult), speed_name) for run in (old, new))):
        yield from _ratio("speed", name, speed, speeds)


def cost_name(result: CostResult) -> str:
    """What a cost is of."""
    return f"{result.what} {result.module}"


def speed_name(result: SpeedResult) -> str:
    """What a speed is of."""
    return f"{result.kernel}, {'on' if result.interruptible else 'off'}, against native"


def _ratio(kind: str, what: str, old: shift.Interval, new: shift.Interval) -> Iterator[Change]:
    for direction, a, b in directions(old, new):
        if shift.higher(a, b):
            yield Change(direction=direction, kind=kind, what=what, old=_interval(old), new=_interval(new))


def _moved(
    kind: str,
    what: str,
    old: Sequence[int],
    new: Sequence[int],
    longer: Callable[[Sequence[int], Sequence[int]], bool],
) -> Iterator[Change]:
    for direction, a, b in directions(old, new):
        if longer(a, b):
            yield Change(
                direction=direction, kind=kind, what=what, old=show(median(old)), new=show(median(new))
            )


def _interval(ratio: shift.Interval) -> str:
    return f"{ratio.low:.3f} to {ratio.high:.3f}"
