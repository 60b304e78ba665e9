"""Runs scripts on an engine, in a worker, and judges what comes back.

A script goes to the worker whole. When a command takes the worker down, it alone has failed: a fresh worker
is brought to the same state, by running again everything before it that may have left something behind, and
goes on with the next command. WebAssembly is deterministic but for the bits of NaNs and the growth of memory,
so this is the state the script had, without whatever the culprit did before it died. What runs again is not
judged again; should the worker die of that, or too often, the rest is not run, and counted so.
"""

from __future__ import annotations

import itertools
import time
from typing import TYPE_CHECKING, NamedTuple, Self

from harness.engine import Unavailable
from harness.outcome import Crashed, Garbled, Hung, NotRun, Outcome, Returned
from harness.results import CommandFailure, SpecResult, Tally
from harness.sandbox.supervisor import Worker, WorkerError
from harness.wast import commands
from harness.wast.judge import Expectation, Succeeds, describe
from harness.wast.plan import IMPORTS, Lost, Plan, plan
from harness.wast.reader import ScriptError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import TracebackType

    from harness.registry import Choice
    from harness.sandbox import protocol
    from harness.wast.suite import Script

_DEADLY = (Hung, Crashed, Garbled)


class Played(NamedTuple):
    """What came of a script on an engine."""

    script: str
    choice: Choice
    plan: Plan
    outcomes: list[Outcome]
    """One a step of the plan."""
    state: list[Outcome]
    """One a reading of the plan."""
    faults: list[tuple[str, Outcome]]
    """What went wrong before the first step and after the last, in a word, and what came instead."""
    seconds: float


class Runner:
    """Runs scripts one after the other on one engine; a context manager that leaves no process behind."""

    def __init__(self, choice: Choice, *, patience: float = 30.0, deaths: int = 8) -> None:
        """`patience`: seconds a command may take; `deaths`: how many workers one script may take down."""
        self.choice = choice
        self.patience = patience
        self.deaths = deaths
        self._worker: Worker | None = None
        self._runs = itertools.count()

    def run(self, script: Script) -> SpecResult:
        """Run and judge one script; raises what `play` raises."""
        return verdict(self.play(script))

    def play(self, script: Script) -> Played:
        """Run one script.

        Raises `harness.wast.reader.ScriptError`, and if the engine cannot be started
        `harness.engine.Unavailable` or `harness.sandbox.supervisor.WorkerError`.
        """
        since = time.monotonic()
        able = self._ready().welcome.capabilities
        offered = able.features | ({IMPORTS} if "instances" in able.imports else set())
        planned = plan(script.name, commands.read(_text(script)), offered, f"{next(self._runs)}.")
        faults: list[tuple[str, Outcome]] = []
        outcomes, state = self._outcomes(planned, faults)
        return Played(script.name, self.choice, planned, outcomes, state, faults, time.monotonic() - since)

    def check(self) -> None:
        """See that the worker has not failed since the last script; raises `WorkerError`.

        It is for the end, when no script is next to find out.
        """
        if self._worker is not None:
            self._worker.idled()

    def close(self) -> None:
        """End the worker."""
        if self._worker is not None:
            self._worker.close()
            self._worker = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None and self._worker is not None:
            self._worker.kill()
        self.close()

    def _ready(self) -> Worker:
        """A worker that lives; raises what `Worker` raises, and that the last failed with nothing to do."""
        worker, self._worker = self._worker, None
        self._worker = worker if worker is not None and worker.idled() else Worker(self.choice)
        return self._worker

    def _outcomes(self, plan: Plan, faults: list[tuple[str, Outcome]]) -> tuple[list[Outcome], list[Outcome]]:
        """One outcome a step, and one a reading; `faults` takes what goes wrong around them."""
        decided: list[Outcome] = []
        state: list[Outcome] = []
        reason = f"the engine had taken down {self.deaths} workers before"
        for life in range(self.deaths):
            survived = zip(plan.steps, decided, strict=False)
            again = [step for step, outcome in survived if step.changes and not isinstance(outcome, _DEADLY)]
            left = plan.steps[len(decided) :]
            groups = [plan.setup, *(step.commands for step in (*again, *left))]
            groups += [*((reading.command,) for reading in plan.readings), plan.teardown]
            try:
                outcomes = _play(self._ready(), groups, self.patience)
            except (Unavailable, WorkerError) as error:
                if life == 0:
                    raise
                reason = str(error)
                break
            ready = next(outcomes)
            if life == 0 and not isinstance(ready, Returned):
                faults.append(("spectest", ready))
            if any(isinstance(outcome, _DEADLY) for outcome in itertools.islice(outcomes, len(again))):
                reason = "running the commands before it again took the worker down"
                break
            for outcome in itertools.islice(outcomes, len(left)):
                decided.append(outcome)
                if isinstance(outcome, _DEADLY):
                    break
            else:
                state = list(itertools.islice(outcomes, len(plan.readings)))
                deadly = [outcome for outcome in (*state, next(outcomes)) if isinstance(outcome, _DEADLY)]
                faults += [("end of script", outcome) for outcome in deadly]
                break
        decided += [NotRun(reason)] * (len(plan.steps) - len(decided))
        return decided, state or [NotRun(reason)] * len(plan.readings)


def verdict(played: Played) -> SpecResult:
    """Judge what came of a script."""
    verdicts = _Verdicts()
    for lost in played.plan.lost:
        verdicts.lost(lost)
    for what, outcome in played.faults:
        verdicts.add(0, what, "mvp", Succeeds(), outcome)
    for step, outcome in zip(played.plan.steps, played.outcomes, strict=True):
        verdicts.add(step.line, step.keyword, step.feature, step.expected, outcome)
    return SpecResult(
        file=played.script,
        features=verdicts.features,
        not_applicable=played.plan.not_applicable,
        failures=tuple(verdicts.failures),
        seconds=played.seconds,
        interruptible=played.choice.interruptible,
    )


class _Verdicts:
    """What a script comes to, as it is judged."""

    def __init__(self) -> None:
        self.features: dict[str, Tally] = {}
        self.failures: list[CommandFailure] = []
        self.given_up = False

    def add(self, line: int, command: str, feature: str, expected: Expectation, outcome: Outcome) -> None:
        tally = self.features.setdefault(feature, Tally())
        if isinstance(outcome, NotRun):
            tally.not_run += 1
            if not self.given_up:  # the others are for the same reason
                self._note(line, command, expected, describe(outcome))
            self.given_up = True
        elif expected.met(outcome):
            tally.passed += 1
        else:
            tally.failed += 1
            self._note(line, command, expected, describe(outcome))

    def lost(self, command: Lost) -> None:
        self.features.setdefault("mvp", Tally()).not_run += 1
        self._note(command.line, command.keyword, command.expected, command.reason)

    def _note(self, line: int, command: str, expected: Expectation, got: str) -> None:
        self.failures.append(CommandFailure(line=line, command=command, expected=str(expected), got=got))


def _text(script: Script) -> str:
    source = script.path.read_bytes()
    try:
        return source.decode()
    except UnicodeDecodeError as error:
        raise ScriptError(source.count(b"\n", 0, error.start) + 1, f"not UTF-8: {error.reason}") from None


def _play(
    worker: Worker, groups: Sequence[tuple[protocol.Command, ...]], patience: float
) -> Iterator[Outcome]:
    """One outcome a group of commands: the first that is not `Returned`, else the last."""
    reports = worker.run([command for group in groups for command in group], patience=patience)
    for group in groups:
        outcomes = [report.outcome for report in itertools.islice(reports, len(group))]
        yield next((outcome for outcome in outcomes if not isinstance(outcome, Returned)), outcomes[-1])
