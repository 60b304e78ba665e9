"""How latency and overhead grow: with calls beside each other, with the body of a loop, with the bytes of one
bulk operation, with the size of a module.

What is run at a point is a `Load`; a latency is that of its endless call, an overhead that of so many rounds.
"""

from __future__ import annotations

from functools import partial
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from harness import duration
from harness.context import Cause
from harness.measure import pairs as in_pairs
from harness.measure import workloads
from harness.measure.sides import Load, Unmeasurable, done, load, ready, rounds
from harness.outcome import Hung, Interrupted, Number
from harness.registry import Choice
from harness.results import CurveResult, Point
from harness.sandbox.protocol import Drop, Instantiate, Invoke, Limits
from harness.scenarios.judge import due, lateness
from harness.scenarios.options import MS, S

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.outcome import Outcome
    from harness.sandbox.supervisor import Job, Worker
    from harness.scenarios.options import Options

TOGETHER = 2 * MS
"""How much longer calls run for each one beside them, so that all have begun before the first must end."""
LONGEST = 5 * S
"""How long calls run at most for that."""
SHORT = 0.005
"""Seconds of processor time up to which a call is so short that more rounds suit better."""
ROUNDS = [4**power for power in range(16)]
"""Rounds of a load that a measurement may take, the first that is long enough."""


class Axis(NamedTuple):
    """Something that grows."""

    name: str
    label: str
    """With its unit in brackets, if it has one."""
    about: str
    loads: Callable[[int], Load]
    """What is run at a point."""
    points: tuple[int, ...]
    """The most telling first: whoever wants few takes these."""

    def first(self, count: int) -> list[Load]:
        """So many loads, of growing size."""
        return [self.loads(point) for point in sorted(self.points[:count])]


def _beside(instances: int) -> Load:
    return Load(instances, workloads.straight(4), instances=instances)


def _body(steps: int) -> Load:
    return Load(workloads.STEP * steps, workloads.straight(steps))


def _bulk(size: int) -> Load:
    return Load(size, workloads.bulk(size), needs=frozenset({"bulk-memory"}))


def _size(functions: int) -> Load:
    module = workloads.functions(functions)
    return Load(len(module), module)


MIB = 1 << 20
AXES = (
    Axis("instances", "instances", "number of instances that run at once", _beside, (1, 64, 8, 2, 32, 4, 16)),
    Axis(
        "body",
        "loop body [instructions]",
        "size of a loop's body",
        _body,
        (1, 4096, 64, 512, 8, 16384, 4, 32, 256, 2048),
    ),
    Axis(
        "bulk",
        "one memory.fill [bytes]",
        "bytes that one instruction fills",
        _bulk,
        (1024, 256 * MIB, MIB, 32 * MIB, 65536, 8 * MIB, 512 * MIB),
    ),
    Axis("size", "module [bytes]", "size of the module", _size, (1, 512, 16, 128, 4, 4096, 64)),
)


class Curve(NamedTuple):
    """Something that is measured along an axis."""

    id: str
    measure: Callable[[str, Options], CurveResult]
    """An engine by name, and how thoroughly; raises `Unmeasurable`, and what starting a worker raises."""


def latency(axis: Axis, engine: str, options: Options) -> CurveResult:
    """How late calls are interrupted: the least, the median and the greatest at each point."""
    points = [_latency(engine, each, options) for each in axis.first(options.points)]
    return CurveResult(
        id=f"latency-by-{axis.name}",
        about=f"How late calls are interrupted, by the {axis.about}: least, median, greatest.",
        axis=axis.label,
        measure="latency",
        unit="ns",
        interruptible=True,
        points=tuple(points),
    )


def overhead(axis: Axis, engine: str, options: Options) -> CurveResult:
    """What being interruptible costs: on / off with its 95 % interval at each point."""
    points = []
    pairs = max(in_pairs.SET, options.pairs // in_pairs.SET)
    for each in axis.first(options.points):
        answers: dict[int, Outcome] = {}
        off, on = (partial(rounds, each, Choice(engine, interruptible=it), answers) for it in (False, True))
        found = in_pairs.measure(off, on, ROUNDS, pairs, short=SHORT * each.instances)
        ratio = found.ratio
        points.append(
            Point(at=each.at, low=ratio.low, middle=ratio.ratio, high=ratio.high, noise=found.noise)
        )
    return CurveResult(
        id=f"overhead-by-{axis.name}",
        about=f"What being interruptible costs, by the {axis.about}: median of pairs, 95 % interval.",
        axis=axis.label,
        measure="on / off",
        unit="ratio",
        interruptible=True,
        points=tuple(points),
    )


CURVES = tuple(
    Curve(f"{name}-by-{axis.name}", partial(measure, axis))
    for name, measure in (("latency", latency), ("overhead", overhead))
    for axis in AXES
)


def _latency(engine: str, each: Load, options: Options) -> Point:
    """A point, without figures where calls do not stop: to judge that is for scenarios."""
    try:
        with ready(Choice(engine, interruptible=True)) as worker:
            latencies, noise = _latencies(worker, each, options)
    except Unmeasurable as error:
        if not isinstance(error.outcome, Hung):
            raise
        latencies, noise = [round(error.outcome.after * S)], str(error)
    return Point(at=each.at, low=min(latencies), middle=median(latencies), high=max(latencies), noise=noise)


def _latencies(worker: Worker, each: Load, options: Options) -> tuple[list[int], str]:
    """Of calls, each in a fresh instance, and why they tell nothing, if so; the first only warm up."""
    names = load(worker, each)
    timeout = options.deadline + TOGETHER * each.instances
    latencies: list[int] = []
    noise = ""
    measured = max(1, options.repetitions // each.instances)
    left = options.warmup + measured
    while left > 0:
        calls = [Invoke(name, "run", (Number("i64", "0"),), Limits(timeout)) for name in names]
        jobs = [worker.submit([call]) for call in calls]
        times = [_interrupted(job, timeout, options.patience, alone=len(jobs) == 1) for job in jobs]
        # one is dropped, and not only replaced, because then the memory of all must go
        done(worker, [Drop(instance=names[0]), *(Instantiate(name, "m") for name in names)])
        if max(times)[0] > min(ended for _, ended, _ in times):
            if timeout < LONGEST:
                timeout *= 2
                continue
            noise = f"in {timeout // S} s they did not all come to run"
        if left <= measured:
            latencies += [late for _, _, late in times]
        left -= 1
    return latencies, noise


def _interrupted(job: Job, timeout: int, patience: int, *, alone: bool) -> tuple[int, int, int]:
    """When a call that must rightly be interrupted began and ended, as the worker says, and how late it was.

    Of a call that is alone the worker's clock is believed only as far as everywhere. One beside others has to
    wait for a processor before it begins, and to tell that it has ended: there nobody else knows.
    """
    report = next(job.reports(patience=(timeout + patience) / S))
    started, ended = report.started, report.ended
    if report.outcome != Interrupted(Cause.DEADLINE) or started is None or ended is None:
        raise Unmeasurable("an endless call: expected an interruption by its deadline, got", report.outcome)
    late = lateness(report, due(report, job.sent or 0, timeout)) if alone else ended - started - timeout
    assert late is not None
    if late < 0:
        raise Unmeasurable(f"an endless call: {duration.show(-late)} before its deadline", report.outcome)
    return started, ended, late
