"""What is measured in pairs: an engine in a process of its own, ready for some work.

Whatever the process does for the work is part of its price, and every result must be right.
"""

from __future__ import annotations

import random
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from harness.measure import workloads
from harness.outcome import NotRun, Number, Returned, Unsupported
from harness.sandbox.protocol import Compile, Drop, Instantiate, Invoke, Limits
from harness.sandbox.supervisor import Worker
from harness.scenarios.options import S
from harness.scenarios.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from harness.outcome import Outcome
    from harness.registry import Choice
    from harness.sandbox.protocol import Command
    from harness.scenarios.catalogue import Scenario
    from harness.scenarios.program import Call

PATIENCE = 60.0
"""Seconds that one command may take."""
LIMITS = Limits(timeout=round(PATIENCE * S))
"""A deadline that nothing reaches: what is measured is what it costs to be under one."""


class Unmeasurable(Exception):
    """What was to be measured did not do its work; one line, and what came of it instead."""

    def __init__(self, message: str, outcome: Outcome) -> None:
        super().__init__(f"{message}: {outcome}")
        self.outcome = outcome


class NotOffered(Unmeasurable):
    """It needs what the engine says that it does not offer."""

    def __init__(self, message: str, missing: str) -> None:
        super().__init__(message, Unsupported(missing))


@contextmanager
def ready(choice: Choice) -> Iterator[Worker]:
    """A worker; raises what starting one raises, and `NotOffered`."""
    with Worker(choice) as worker:
        if choice.interruptible and worker.welcome.capabilities.interrupts == "none":
            raise NotOffered("nothing to measure", "cannot be interrupted")
        yield worker


@contextmanager
def kernel(scenario: Scenario, choice: Choice) -> Iterator[Kernel]:
    """A kernel on a worker of its own; raises what `ready` raises."""
    with ready(choice) as worker:
        yield Kernel(worker, scenario)


class Kernel:
    """A kernel, compiled and instantiated; the work is a call."""

    def __init__(self, worker: Worker, scenario: Scenario) -> None:
        self._stage = Stage(worker, scenario, patience=PATIENCE)
        missing = self._stage.missing
        if missing is not None:
            raise NotOffered(f"{scenario.id} cannot be set up", missing)
        failure = self._stage.compile() or self._stage.instantiate()
        if failure is not None:
            raise Unmeasurable(f"{scenario.id} cannot be set up", failure)

    def seconds(self, work: Call, times: int) -> float:
        """Processor time of so many calls."""
        name, expected = self._stage.scenario.id, work.on
        command = self._stage.command(LIMITS, work)

        def right(outcome: Outcome) -> None:
            if not expected.allows(outcome):
                raise Unmeasurable(f"{name}: expected {expected.text}, got", outcome)

        return _timed(self._stage.worker, [[command] * times], right, name)


def works(scenario: Scenario) -> Sequence[Call]:
    """The calls that a kernel is measured by, short and long."""
    program = scenario.program
    return [call for call in (program.call, program.large) if call is not None]


class Load(NamedTuple):
    """A module of `workloads`, and how many instances of it run at once."""

    at: int
    """How much of it there is, as a curve counts it."""
    module: bytes
    instances: int = 1
    needs: frozenset[str] = frozenset()
    """Features beyond the first version."""


def load(worker: Worker, what: Load) -> list[str]:
    """Compile and instantiate; the names of the instances. Raises `Unmeasurable`."""
    missing = what.needs - worker.welcome.capabilities.features
    if missing:
        raise NotOffered("cannot be set up", f"does not offer {', '.join(sorted(missing))}")
    names = [f"i{number}" for number in range(what.instances)]
    done(worker, [Compile("m", what.module), *(Instantiate(name, "m") for name in names)])
    return names


@contextmanager
def rounds(what: Load, choice: Choice, answers: dict[int, Outcome]) -> Iterator[Rounds]:
    """A load on a worker of its own; raises what `ready` raises."""
    with ready(choice) as worker:
        yield Rounds(worker, what, answers)


class Rounds:
    """A load; the work is so many rounds in each of its instances, all at once."""

    def __init__(self, worker: Worker, what: Load, answers: dict[int, Outcome]) -> None:
        """`answers` is shared by sides that must agree."""
        self._worker = worker
        self._answers = answers
        self._names = load(worker, what)

    def seconds(self, work: int, times: int) -> float:
        """Processor time of so many calls in each instance."""

        def right(outcome: Outcome) -> None:
            if not isinstance(outcome, Returned):
                raise Unmeasurable(f"{work} rounds", outcome)
            known = self._answers.setdefault(work, outcome)
            if outcome != known:
                raise Unmeasurable(f"{work} rounds: expected {known}, got", outcome)

        args = (Number("i64", str(work)),)
        scripts = [[Invoke(name, "run", args, LIMITS)] * times for name in self._names]
        return _timed(self._worker, scripts, right, "rounds")


@contextmanager
def compiling(choice: Choice) -> Iterator[Compiling]:
    """An engine on a worker of its own; raises what `ready` raises."""
    with ready(choice) as worker:
        yield Compiling(worker)


class Compiling:
    """An engine that compiles; the work is a module of so many functions, never the same one twice."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._seeds = random.SystemRandom()  # an engine may remember modules, also from one run to the next

    def seconds(self, work: int, times: int) -> float:
        """Processor time of compiling so many modules."""
        modules = [workloads.functions(work, self._seeds.getrandbits(64)) for _ in range(times)]
        seconds = _timed(self._worker, [[Compile("m", module) for module in modules]], _done, "compiling")
        done(self._worker, [Drop(module="m")])
        return seconds


@contextmanager
def instantiating(choice: Choice) -> Iterator[Instantiating]:
    """An engine on a worker of its own; raises what `ready` raises."""
    with ready(choice) as worker:
        yield Instantiating(worker)


class Instantiating:
    """An engine that instantiates; the work is a module of so many functions, compiled before."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._compiled: set[int] = set()

    def seconds(self, work: int, times: int) -> float:
        """Processor time of so many instances; each takes the place of the one before."""
        module = f"m{work}"
        if work not in self._compiled:
            done(self._worker, [Compile(module, workloads.functions(work))])
            self._compiled.add(work)
        seconds = _timed(self._worker, [[Instantiate("i", module)] * times], _done, "instantiating")
        done(self._worker, [Drop(instance="i")])
        return seconds


def done(worker: Worker, commands: Sequence[Command]) -> None:
    """Run commands that must succeed; raises `Unmeasurable`."""
    for report in worker.run(commands, patience=PATIENCE):
        _done(report.outcome)


def _done(outcome: Outcome) -> None:
    if not isinstance(outcome, Returned):
        raise Unmeasurable("cannot be set up", outcome)


def _timed(
    worker: Worker, scripts: Sequence[Sequence[Command]], right: Callable[[Outcome], None], what: str
) -> float:
    """Seconds of processor time that a worker takes for scripts that run beside each other.

    `right` raises `Unmeasurable` for an outcome that is wrong, and so does this if the process ends.
    """
    try:
        before = worker.cpu_time()
        jobs = [worker.submit(script) for script in scripts]
        for job in jobs:
            for report in job.reports(patience=PATIENCE):
                right(report.outcome)
        return worker.cpu_time() - before
    except ProcessLookupError:
        raise Unmeasurable(f"{what}: the process ended between calls", NotRun()) from None
