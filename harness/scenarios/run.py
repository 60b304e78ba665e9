"""Running a scenario: one engine, one way of telling it to stop, as many calls as asked for."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from harness.engine import Unavailable
from harness.outcome import Crashed, Hung, Interrupted, NotRun, Unsupported
from harness.results import ScenarioResult, Verdict
from harness.sandbox.protocol import Limits
from harness.sandbox.supervisor import WorkerError
from harness.scenarios.expectation import RETURNS
from harness.scenarios.judge import BUSY, Aftermath, Evidence, Judgement, due, judge, lateness, worst
from harness.scenarios.options import Options, S
from harness.scenarios.stage import Stage
from harness.scenarios.workers import Workers

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.engine import Capabilities
    from harness.outcome import Outcome
    from harness.registry import Choice
    from harness.results import Reach, Way
    from harness.sandbox.supervisor import Job, Worker
    from harness.scenarios.catalogue import Scenario
    from harness.scenarios.expectation import Expectation

LONGER = 4
"""How many times as long a process is watched that was seen to be busy."""


class _Findings(NamedTuple):
    judgement: Judgement
    outcome: Outcome
    latencies: tuple[int, ...] = ()


def run_scenario(
    scenario: Scenario,
    choice: Choice,
    way: Way,
    options: Options | None = None,
    workers: Workers | None = None,
    *,
    reach: Reach = "host",
) -> ScenarioResult:
    """Run a scenario on an engine and judge it; raises `FixtureError` for a fixture that cannot be used.

    `workers` keeps processes between scenarios; without it one is started and ended here.
    """
    options = options or Options()
    if workers is None:
        with Workers(ahead=False) as workers:
            return run_scenario(scenario, choice, way, options, workers, reach=reach)
    call = scenario.program.call
    expected = call.on if choice.interruptible else call.off
    found = _Run(scenario, choice, way, reach, options, expected).on(workers)
    return ScenarioResult(
        id=scenario.id,
        group=scenario.group,
        fixture=scenario.fixture,
        interruptible=choice.interruptible,
        way=way,
        reach=reach,
        expected=expected.text,
        verdict=found.judgement.verdict,
        outcome=found.outcome,
        latencies=found.latencies,
        bound=options.bound if found.latencies else None,
        detail=found.judgement.detail,
        assembler=scenario.program.assembler,
    )


class _Run(NamedTuple):
    scenario: Scenario
    choice: Choice
    way: Way
    reach: Reach
    options: Options
    expected: Expectation

    def on(self, workers: Workers) -> _Findings:
        """With a worker from here."""
        try:
            worker = workers.take(self.choice)
        except Unavailable as error:
            return self._before(NotRun(str(error)))
        except WorkerError as error:
            return self._before(Crashed(0, str(error)), "no worker")
        stage = Stage(worker, self.scenario, self.reach, patience=self.options.setup / S)
        missing = stage.missing or self._uncovered(worker.welcome.capabilities)
        if missing is not None:
            workers.give(self.choice, worker)
            return _Findings(Judgement(Verdict.UNSUPPORTED, missing), Unsupported(missing))
        try:
            failure = stage.compile()
            replaced = partial(workers.prepare, self.choice)
            found = (
                self._calls(stage, replaced) if failure is None else self._before(failure, "does not compile")
            )
            found = self._afterwards(found, stage)
        except BaseException:
            worker.kill()
            raise
        workers.give(self.choice, worker)
        return found

    def _uncovered(self, capabilities: Capabilities) -> str | None:
        """What the engine says it cannot stop, of what the scenario wants stopped."""
        if self.choice.interruptible and self.expected.words & {Interrupted}:
            if capabilities.interrupts == "none":
                return "cannot be interrupted"
            covers = set(self.scenario.header.covers) - capabilities.covers
            if covers:
                return f"its contexts do not reach: {', '.join(sorted(covers))}"
        return None

    def _before(self, outcome: Outcome, what: str = "") -> _Findings:
        """Findings where it never came to the call: what the call must do, nothing before it may."""
        judgement = judge(RETURNS, self.way, Evidence(outcome, None), None)
        if what:
            message = "" if isinstance(outcome, Unsupported) else getattr(outcome, "message", "")
            said = message or judgement.detail
            judgement = judgement._replace(detail=f"{what}: {said}")
        return _Findings(judgement, outcome)

    def _afterwards(self, found: _Findings, stage: Stage) -> _Findings:
        """Findings where cleaning up may go wrong, or the process end after everything had been answered."""
        judged = [(found.judgement, found.outcome)]
        for what, failure in (("cleaning up", stage.forget()), ("afterwards", stage.worker.fault)):
            if failure is not None:
                judgement = judge(RETURNS, self.way, Evidence(failure, None), None)
                judged.append((judgement._replace(detail=f"{what}: {judgement.detail}"), failure))
        return _Findings(*worst(judged), latencies=found.latencies)

    def _calls(self, stage: Stage, replaced: Callable[[], None]) -> _Findings:
        """All calls; `replaced` has a worker started for the next scenario, where this one's is used up."""
        options = self.options
        stopped = self.choice.interruptible and not self.expected.finite
        warmup, repetitions = self._turns() if stopped else (0, 1)
        counts = "sleep-deaf" not in stage.program.host  # what the host sleeps is not the engine's
        judgements: list[tuple[Judgement, Outcome]] = []
        latencies: list[int] = []
        ran = False
        for repetition in range(warmup + repetitions):
            failure = stage.instantiate()
            if failure is not None:
                return self._before(failure, "does not instantiate")
            start = stage.progress()
            if self._endless:
                replaced()
            evidence = self._call(stage)
            soon = stage.progress()
            ran = ran or start is None or start != soon
            if counts and stopped and repetition >= warmup and evidence.latency is not None:
                latencies.append(evidence.latency)
            if stopped and repetition == warmup + repetitions - 1 and stage.worker.alive:
                if self.reach == "host":
                    replaced()
                evidence = evidence._replace(after=self._aftermath(stage, ran, soon))
            bound = options.bound if stopped else None  # also of the first interruption that a process sees
            judgements.append((judge(self.expected, self.way, evidence, bound), evidence.outcome))
            if not stage.worker.alive:
                break
        return _Findings(*worst(judgements), latencies=tuple(latencies))

    def _turns(self) -> tuple[int, int]:
        """Calls to warm up and calls to measure."""
        if self.reach == "host":
            return self.options.warmup, self.options.repetitions
        return 0, self.options.elsewhere

    @property
    def _endless(self) -> bool:
        """Whether a call is to go on until its process is killed."""
        return Hung in self.expected.words

    def _call(self, stage: Stage) -> Evidence:
        """One call, told to stop in the way that is tried."""
        options = self.options
        patience = options.grace if self._endless else options.patience
        if self.way == "deadline":
            timeout = options.finite if self.expected.finite else options.deadline
            job = stage.submit(Limits(timeout))
            job.started(0, options.patience / S)
            report = next(job.reports(patience=(timeout + patience) / S))
            late = lateness(report, due(report, job.sent or 0, timeout))
            return Evidence(report.outcome, late, began=report.started is not None)
        job = stage.submit(Limits())
        job.started(0, options.setup / S)
        job.wait(options.deadline / S)
        told = self._tell(stage.worker, job, stage.entry)
        report = next(job.reports(patience=patience / S))
        if report.done is not None and "cancel" in stage.program.host:
            told = min(told, report.done)  # by its own host function
        return Evidence(report.outcome, lateness(report, told), began=report.started is not None)

    def _tell(self, worker: Worker, job: Job, instance: str) -> int:
        """Tell a call to stop; when that was (ns)."""
        if self.way == "cancel":
            return job.cancel()
        now = time.monotonic_ns()
        worker.close_instance(instance)
        return now

    def _aftermath(self, stage: Stage, ran: bool, soon: Outcome | None) -> Aftermath:
        share = busy(stage.worker, self.options)
        gone = stage.worker.welcome.capabilities.after_interrupt == "gone"
        progress = None if soon is None or gone else (soon, stage.progress() or soon)
        # starting a process takes long, and how one ends does not depend on how its last call was reached
        exit = stage.worker.close(grace=self.options.exit / S) if self.reach == "host" else None
        return Aftermath(share, ran, progress, exit)


def busy(worker: Worker, options: Options, *, thorough: bool = False) -> float:
    """Processors in use while nothing is asked of the worker; it may take a while to settle.

    Who is seen to be busy must then rest for `LONGER`: a guest that goes on with pauses rests at some looks.
    If `thorough`, who seems to rest must as well.
    """
    until = time.monotonic_ns() + options.settle
    seconds = options.idle / S * (LONGER if thorough else 1)
    try:
        while True:
            last = time.monotonic_ns() >= until
            before, since = worker.cpu_time(), time.monotonic()
            time.sleep(seconds)
            share = (worker.cpu_time() - before) / (time.monotonic() - since)
            if share < BUSY or last:
                return share
            seconds = options.idle / S * LONGER
    except ProcessLookupError:
        return 0.0  # it has ended, which how it ended will tell
