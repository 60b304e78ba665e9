"""What being interruptible costs, and how two engines compare: the same kernel on two workers, in turn.

Processor time comes from the operating system and includes everything the worker does for a call. Both
workers live through all pairs, so that what else the machine does meanwhile hits both alike.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from harness.measure.ratios import paired
from harness.outcome import NotRun, Unsupported
from harness.registry import Choice
from harness.results import OverheadResult
from harness.sandbox.protocol import Limits
from harness.sandbox.supervisor import Worker
from harness.scenarios.options import S
from harness.scenarios.stage import Stage

if TYPE_CHECKING:
    from harness.outcome import Outcome
    from harness.scenarios.catalogue import Scenario
    from harness.scenarios.program import Call

PAIRS = 15
WARMUP = 3
SAMPLE = 0.02
"""Seconds of processor time that a sample should have at least: short calls are made several times."""
LARGE = 0.002
"""Seconds of processor time for the usual call up to which an engine is given the large one."""
PATIENCE = 60.0
"""Seconds that one call may take."""


class Unmeasurable(Exception):
    """A kernel did not do its work; one line, and what came of it instead."""

    def __init__(self, message: str, outcome: Outcome) -> None:
        super().__init__(f"{message}: {outcome}")
        self.outcome = outcome


class Comparison(NamedTuple):
    """One kernel on two engines, measured in pairs in one run."""

    kernel: str
    a: tuple[int, ...]
    """Nanoseconds of processor time, a pair each."""
    b: tuple[int, ...]
    ratio: float
    """Median of the pairs' a / b: below one, a is faster."""
    low: float
    high: float


def measure(kernel: Scenario, engine: str, pairs: int = PAIRS) -> OverheadResult:
    """Cancellation on against off.

    Raises `Unmeasurable`, `FixtureError`, and what starting a worker raises.
    """
    choices = Choice(engine, interruptible=False), Choice(engine, interruptible=True)
    off, on = _in_pairs(kernel, choices, pairs)
    ratio = paired(off, on)
    return OverheadResult(kernel=kernel.id, off=off, on=on, ratio=ratio.ratio, low=ratio.low, high=ratio.high)


def compare(kernel: Scenario, a: Choice, b: Choice, pairs: int = PAIRS) -> Comparison:
    """One engine against another; raises what `measure` raises."""
    first, second = _in_pairs(kernel, (a, b), pairs)
    return Comparison(kernel.id, first, second, *paired(second, first))


def _in_pairs(
    kernel: Scenario, choices: tuple[Choice, Choice], pairs: int
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Nanoseconds a call of `kernel` takes on each of two workers."""
    with Worker(choices[0]) as one, Worker(choices[1]) as other:
        runners = _Runner(one, kernel), _Runner(other, kernel)
        size, calls = _size(kernel, runners)
        for runner in runners:
            for _ in range(WARMUP):
                runner.seconds(size, calls)
        times: tuple[list[int], list[int]] = ([], [])
        for pair in range(pairs):
            for side in (0, 1) if pair % 2 == 0 else (1, 0):
                times[side].append(round(runners[side].seconds(size, calls) / calls * S))
    return tuple(times[0]), tuple(times[1])


def _size(kernel: Scenario, runners: tuple[_Runner, _Runner]) -> tuple[Call, int]:
    """How much work suits both engines, and how many calls make a sample."""
    call, large = kernel.program.call, kernel.program.large
    if large is not None and max(runner.seconds(call, 1) for runner in runners) <= LARGE:
        call = large
    shortest = min(runner.seconds(call, 1) for runner in runners)
    return call, max(1, math.ceil(SAMPLE / shortest))


class _Runner:
    """A kernel on a worker."""

    def __init__(self, worker: Worker, kernel: Scenario) -> None:
        self._stage = Stage(worker, kernel, patience=PATIENCE)
        missing = self._stage.missing
        if missing is not None:
            raise Unmeasurable(f"{kernel.id} cannot be set up", Unsupported(missing))
        failure = self._stage.compile() or self._stage.instantiate()
        if failure is not None:
            raise Unmeasurable(f"{kernel.id} cannot be set up", failure)

    def seconds(self, call: Call, calls: int) -> float:
        """Processor time of so many calls, whose results must be right."""
        worker, kernel = self._stage.worker, self._stage.scenario.id
        command = self._stage.command(Limits(timeout=round(PATIENCE * S)), call)
        try:
            before = worker.cpu_time()
            for report in self._stage.run([command] * calls):
                if not call.on.allows(report.outcome):
                    raise Unmeasurable(f"{kernel}: expected {call.on.text}, got", report.outcome)
            return worker.cpu_time() - before
        except ProcessLookupError:
            raise Unmeasurable(f"{kernel}: the process ended between calls", NotRun()) from None
