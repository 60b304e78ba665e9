"""A case that is written out, step by step, because time or the order of things is its point.

The first step that goes wrong ends it and decides the verdict.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from harness.engine import Unavailable
from harness.outcome import Crashed, NotRun, Returned, Unsupported
from harness.registry import Choice
from harness.results import ScenarioResult, Verdict
from harness.sandbox.supervisor import WorkerError
from harness.scenarios.expectation import RETURNS, parse
from harness.scenarios.judge import Evidence, Judgement, due, judge, lateness
from harness.scenarios.options import S
from harness.scenarios.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.outcome import Outcome
    from harness.results import Way
    from harness.sandbox import protocol
    from harness.sandbox.protocol import Limits
    from harness.sandbox.supervisor import Job, Worker
    from harness.scenarios.catalogue import Scenario
    from harness.scenarios.options import Options
    from harness.scenarios.source import Coverage
    from harness.scenarios.workers import Workers
    from harness.standard.types import ResultType


class Over(Exception):
    """A step went wrong."""

    def __init__(self, judgement: Judgement, outcome: Outcome) -> None:
        super().__init__(judgement, outcome)
        self.judgement = judgement
        self.outcome = outcome

    def add(self, detail: str) -> None:
        """Say more of what went wrong."""
        self.judgement = self.judgement._replace(detail=f"{self.judgement.detail}; {detail}")


class Title(NamedTuple):
    """What a case is called in the certificate."""

    id: str
    group: str
    fixture: str
    about: str


class Play:
    """One performance of such a case on one engine."""

    def __init__(
        self, engine: str, options: Options, workers: Workers, scenarios: Mapping[str, Scenario]
    ) -> None:
        """`scenarios` are found by their ids."""
        self.options = options
        self.engine = engine
        self._workers = workers
        self.scenarios = scenarios
        self._stages: list[Stage] = []
        self._taken: list[tuple[Choice, Worker]] = []
        self._latencies: list[int] = []
        self._last: Outcome = NotRun()
        self._verdict = Verdict.RIGHT
        self._way: Way = "deadline"
        self._remark = ""
        self._bound = options.bound

    def worker(
        self, *, interruptible: bool = True, deaf: bool = False, features: frozenset[str] | None = None
    ) -> Worker:
        """A process for this case alone.

        Only with `deaf` may it be one that says it cannot be interrupted. `features` narrows the engine.
        """
        narrowed = None if features is None else tuple(sorted(features))
        choice = Choice(self.engine, interruptible=interruptible, features=narrowed)
        try:
            worker = self._workers.take(choice)
        except Unavailable as error:
            raise Over(Judgement(Verdict.NOT_RUN, str(error)), NotRun(str(error))) from None
        except WorkerError as error:
            raise Over(Judgement(Verdict.CRASHED, str(error)), Crashed(0, str(error))) from None
        self._taken.append((choice, worker))
        if interruptible and not deaf and worker.welcome.capabilities.interrupts == "none":
            self.unsupported("cannot be interrupted")
        return worker

    def stage(self, scenario: str, *, interruptible: bool = True, worker: Worker | None = None) -> Stage:
        """A scenario, compiled and instantiated; on a process of its own unless `worker` is given."""
        found = self.scenarios.get(scenario)
        if found is None:
            why = f"there is no fixture {scenario!r} that can be used"
            raise Over(Judgement(Verdict.NOT_RUN, why), NotRun(why))
        if worker is None:
            worker = self.worker(interruptible=interruptible)
        stage = Stage(worker, found, patience=self.options.setup / S)
        if stage.missing is not None:
            self.unsupported(stage.missing)
        self.done(stage.compile(), "does not compile")
        return self.again(stage)

    def offered(self, scenario: Scenario, worker: Worker) -> bool:
        """Whether the engine says that it offers what a scenario needs."""
        return Stage(worker, scenario, patience=self.options.setup / S).missing is None

    def again(self, stage: Stage) -> Stage:
        """Everything instantiated, once more."""
        if stage not in self._stages:
            self._stages.append(stage)
        self.done(stage.instantiate(), "does not instantiate")
        return stage

    def beside(self, stage: Stage, many: int) -> list[Stage]:
        """So many instances beside each other, this one included."""
        return [stage] + [self.again(stage.beside(number)) for number in range(1, many)]

    def start(self, stage: Stage, limits: Limits) -> Job:
        """A call that runs now."""
        job = stage.submit(limits)
        if job.started(0, self.options.setup / S) is None:
            self.done(next(job.reports(patience=0)).outcome, "the call did not start")
        return job

    def call(
        self,
        stage: Stage,
        limits: Limits,
        expected: str,
        *,
        patience: int | None = None,
        bounds: int | None = 1,
    ) -> Outcome:
        """Call, wait, and judge by the words of an expectation; an interruption must keep to the bound.

        `limits` says when it is told to stop. `patience` (ns) is counted from then. `bounds` as in `judge`.
        """
        way: Way = "cancel" if limits.cancelled else "deadline"
        patience = self.options.patience if patience is None else patience
        timeout = max(0, limits.timeout or 0)
        sent = time.monotonic_ns()
        job = stage.submit(limits)
        began = job.started(0, self.options.patience / S) is not None
        report = next(job.reports(patience=(timeout + patience) / S))
        told = sent if limits.cancelled else due(report, sent, timeout)
        late = lateness(report, told)
        results = stage.program.results
        return self.judge(report.outcome, late, expected, way, results=results, bounds=bounds, began=began)

    def judge(
        self,
        outcome: Outcome,
        late: int | None,
        expected: str,
        way: Way = "deadline",
        *,
        results: ResultType = (),
        bounds: int | None = 1,
        began: bool = True,
    ) -> Outcome:
        """Judge what a call came to, `late` nanoseconds after it was told to stop, if it ever `began`.

        `bounds` is how many times the bound it may be late, where calls have to wait for a processor. None is
        for calls whose number is the point: they may be late, and how late is not kept.
        """
        self._last, self._way = outcome, way
        expectation = parse(expected, results)
        bound = None if bounds is None else bounds * self.options.bound
        evidence = Evidence(outcome, late, began=began)
        judgement = judge(expectation, way, evidence, bound)
        if bound is not None:
            self._bound = max(self._bound, bound)
            if evidence.latency is not None:
                self._latencies.append(evidence.latency)
        if not judgement.verdict.good:
            raise Over(judgement, outcome)
        if judgement.verdict is Verdict.TERMINATED:
            self._verdict = Verdict.TERMINATED
        return outcome

    def answer(self, stage: Stage, export: str, of: str | None = None) -> Outcome:
        """Call another export, of this instance or of a companion; it must return."""
        outcome = stage.answer(export, of)
        self.done(outcome, export)
        return outcome

    def run(self, worker: Worker, commands: Sequence[protocol.Command], what: str) -> list[Outcome]:
        """Run commands that must all succeed."""
        reports = list(worker.run(commands, patience=self.options.setup / S))
        for report in reports:
            self.done(report.outcome, what)
        return [report.outcome for report in reports]

    def done(self, outcome: Outcome | None, what: str) -> None:
        """Something must have succeeded: it returned, or nothing came of it."""
        if outcome is not None and not isinstance(outcome, Returned):
            judgement = judge(RETURNS, "deadline", Evidence(outcome, None), None)
            raise Over(Judgement(judgement.verdict, f"{what}: {outcome}"), outcome)

    def covered(self, stage: Stage, what: Coverage) -> None:
        """The engine must say that its contexts reach so far; otherwise the case is not for it."""
        if what not in stage.worker.welcome.capabilities.covers:
            self.unsupported(f"its contexts do not reach: {what}")

    def left(self, stage: Stage) -> None:
        """An interruption must leave something of an instance; otherwise the case is not for it."""
        if stage.worker.welcome.capabilities.after_interrupt == "gone":
            self.unsupported("nothing is left of an instance after an interruption")

    def check(self, holds: bool, detail: str) -> None:
        """Something must hold; `detail` says what is wrong if it does not."""
        if not holds:
            raise Over(Judgement(Verdict.WRONG_OUTCOME, detail), self._last)

    def remark(self, detail: str) -> None:
        """Something that the reader of a result that is right should know."""
        self._remark = detail

    def unsupported(self, what: str) -> None:
        """The engine says that it does not offer this."""
        raise Over(Judgement(Verdict.UNSUPPORTED, what), Unsupported(what))

    def end(self, title: Title, error: Over | None) -> ScenarioResult:
        """The result; of a play that went well, also for its processes, these are used again."""
        on = self._taken[0][0].interruptible if self._taken else True
        if error is None:
            uncleaned = self._first([stage.forget() for stage in self._stages], "cleaning up")
            error = uncleaned or self._fault()
        elif error.judgement.verdict is Verdict.NOT_RUN:  # perhaps because the process had ended by itself
            error = self._fault() or error
        if error is None:
            while self._taken:
                self._workers.give(*self._taken.pop())
        self.abandon()
        judgement = error.judgement if error is not None else Judgement(self._verdict, self._remark)
        return ScenarioResult(
            id=title.id,
            group=title.group,
            fixture=title.fixture,
            interruptible=on,
            way=self._way,
            expected=title.about,
            verdict=judgement.verdict,
            outcome=error.outcome if error is not None else self._last,
            latencies=tuple(self._latencies),
            bound=self._bound,
            detail=judgement.detail,
        )

    def _fault(self) -> Over | None:
        """The first process that has ended by itself."""
        return self._first([worker.fault for _, worker in self._taken], "afterwards")

    def _first(self, failures: Sequence[Outcome | None], when: str) -> Over | None:
        for failure in failures:
            if failure is not None:
                judgement = judge(RETURNS, self._way, Evidence(failure, None), None)
                return Over(judgement._replace(detail=f"{when}: {judgement.detail}"), failure)
        return None

    def abandon(self) -> None:
        """Kill the processes that are left."""
        while self._taken:
            self._taken.pop()[1].kill()
