"""What being interruptible costs, and how two engines compare, a kernel each.

A kernel is measured by `harness.measure.pairs`; whatever the process does for a call is part of its price,
and the result of every call must be right.
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from harness.measure import pairs as in_pairs
from harness.outcome import NotRun, Unsupported
from harness.registry import Choice
from harness.results import OverheadResult
from harness.sandbox.protocol import Limits
from harness.sandbox.supervisor import Worker
from harness.scenarios.options import S
from harness.scenarios.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.outcome import Outcome
    from harness.sandbox import protocol
    from harness.scenarios.catalogue import Scenario
    from harness.scenarios.expectation import Expectation
    from harness.scenarios.program import Call

PAIRS = 15
PATIENCE = 60.0
"""Seconds that one call may take."""


class Unmeasurable(Exception):
    """What was to be measured did not do its work; one line, and what came of it instead."""

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
    noise: str
    """Why the machine was too noisy to believe the ratio, in one line; empty if it was not."""


def measure(kernel: Scenario, engine: str, pairs: int = PAIRS) -> OverheadResult:
    """Cancellation on against off.

    Raises `Unmeasurable`, `FixtureError`, and what starting a worker raises.
    """
    off, on = (partial(running, kernel, Choice(engine, interruptible=it)) for it in (False, True))
    found = in_pairs.measure(off, on, works(kernel), pairs)
    return OverheadResult(
        kernel=kernel.id,
        off=found.base,
        on=found.other,
        control=found.control,
        processes=found.processes,
        **found.ratio._asdict(),
        noise=found.noise,
    )


def compare(kernel: Scenario, a: Choice, b: Choice, pairs: int = PAIRS) -> Comparison:
    """One engine against another; raises what `measure` raises."""
    found = in_pairs.measure(partial(running, kernel, b), partial(running, kernel, a), works(kernel), pairs)
    return Comparison(kernel.id, found.other, found.base, *found.ratio, noise=found.noise)


def works(kernel: Scenario) -> Sequence[Call]:
    """The calls that a kernel is measured by, short and long."""
    program = kernel.program
    return [call for call in (program.call, program.large) if call is not None]


@contextmanager
def running(kernel: Scenario, choice: Choice) -> Iterator[Kernel]:
    """A kernel on a worker of its own."""
    with Worker(choice) as worker:
        yield Kernel(worker, kernel)


class Kernel:
    """A side of a comparison: a kernel, compiled and instantiated."""

    def __init__(self, worker: Worker, kernel: Scenario) -> None:
        self._stage = Stage(worker, kernel, patience=PATIENCE)
        missing = self._stage.missing
        if missing is not None:
            raise Unmeasurable(f"{kernel.id} cannot be set up", Unsupported(missing))
        failure = self._stage.compile() or self._stage.instantiate()
        if failure is not None:
            raise Unmeasurable(f"{kernel.id} cannot be set up", failure)

    def seconds(self, work: Call, times: int) -> float:
        """Processor time of so many calls, whose results must be right."""
        command = self._stage.command(Limits(timeout=round(PATIENCE * S)), work)
        return timed(self._stage.worker, [command] * times, work.on, self._stage.scenario.id)


def timed(worker: Worker, commands: Sequence[protocol.Command], expected: Expectation, what: str) -> float:
    """Seconds of processor time that a worker takes for commands; raises `Unmeasurable` if one goes wrong."""
    try:
        before = worker.cpu_time()
        for report in worker.run(commands, patience=PATIENCE):
            if not expected.allows(report.outcome):
                raise Unmeasurable(f"{what}: expected {expected.text}, got", report.outcome)
        return worker.cpu_time() - before
    except ProcessLookupError:
        raise Unmeasurable(f"{what}: the process ended between calls", NotRun()) from None
