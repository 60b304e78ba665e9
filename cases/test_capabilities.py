"""What an engine says of itself is true: each of its claims is tried."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from harness.context import Cause
from harness.outcome import Interrupted, Invalid, Malformed, Number, Returned, Unsupported
from harness.results import Verdict
from harness.sandbox.protocol import Compile, Drop, Limits
from harness.scenarios.options import S
from harness.scenarios.play import Over
from harness.standard.features import version

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from harness.sandbox.supervisor import Worker
    from harness.scenarios import Scenario
    from harness.scenarios.play import Play

ANSWER = Returned((Number("i32", "42"),))
LIES = frozenset({Verdict.WRONG_OUTCOME, Verdict.HUNG})
"""The verdicts that say no more here than that a claim is not true."""


@contextmanager
def claim(play: Play, what: str) -> Iterator[None]:
    """What goes wrong in here makes this a claim that is not true."""
    try:
        yield
    except Over as over:
        judgement = over.judgement
        if judgement.verdict is Verdict.UNSUPPORTED:
            raise
        verdict = Verdict.WRONG_OUTCOME if judgement.verdict in LIES else judgement.verdict
        told = judgement._replace(verdict=verdict, detail=f"declares {what}: {judgement.detail}")
        raise Over(told, over.outcome) from None


def test_interrupts(case: AbstractContextManager[Play]) -> None:
    """Where calls can be interrupted, as declared, one is; where they cannot, no deadline has a say."""
    with case as play:
        worker = play.worker(deaf=True)
        interrupts = worker.welcome.capabilities.interrupts
        with claim(play, f"interrupts = {interrupts}"):
            endless = play.stage("loop-br", worker=worker)
            soon = Limits(timeout=play.options.deadline)
            if interrupts == "none":
                play.call(play.stage("loop-header-unused", worker=worker), Limits(timeout=0), "returns 42")
                play.call(endless, soon, "runs-on", patience=play.options.grace)
            else:
                play.call(endless, soon, "interrupted")


def test_after_interrupt(case: AbstractContextManager[Play]) -> None:
    """After an interruption the instance is closed, gone, or can be used again, as declared."""
    with case as play:
        stage = play.stage("loop-and-more")
        after = stage.worker.welcome.capabilities.after_interrupt
        soon = Limits(timeout=play.options.deadline)
        play.call(stage, soon, "interrupted")
        with claim(play, f"after_interrupt = {after}"):
            answer = stage.answer("answer")
            if after == "reusable":
                play.check(answer == ANSWER, f"the next call ends with {answer}")
                play.call(stage, soon, "interrupted")
            else:
                play.check(answer == Interrupted(Cause.DEADLINE), f"the next call ends with {answer}")
                for name, outcome in stage.state():
                    readable = isinstance(outcome, Returned)
                    play.check(readable is (after == "closed"), f"reading {name!r} afterwards: {outcome}")


def test_covers_compile(case: AbstractContextManager[Play]) -> None:
    """Where contexts reach compilation, as declared, one whose deadline has passed is interrupted."""
    with case as play:
        stage = play.stage("loop-long-body")
        play.covered(stage, "compile")
        module = stage.program.modules[-1].binary
        with claim(play, "covers: compile"):
            (report,) = stage.run([Compile("another", module, Limits(timeout=0))])
            play.judge(report.outcome, None if report.done is None else 0, "interrupted")


def test_covers_instantiate(case: AbstractContextManager[Play]) -> None:
    """Where contexts reach instantiation, as declared, an endless start function is interrupted."""
    with case as play:
        stage = play.stage("start-spin")
        play.covered(stage, "instantiate")
        with claim(play, "covers: instantiate"):
            play.call(stage, Limits(timeout=play.options.deadline), "interrupted")


def test_covers_host(case: AbstractContextManager[Play]) -> None:
    """Where contexts reach functions of the host, as declared, one that sleeps is interrupted."""
    with case as play:
        stage = play.stage("host-sleep")
        play.covered(stage, "host")
        with claim(play, "covers: host"):
            play.call(stage, Limits(timeout=play.options.deadline), "interrupted")


def test_covers_blocking(case: AbstractContextManager[Play]) -> None:
    """Where contexts reach instructions that wait, as declared, one that waits for ever is interrupted."""
    with case as play:
        stage = play.stage("atomic-wait-forever")
        play.covered(stage, "blocking")
        with claim(play, "covers: blocking"):
            play.call(stage, Limits(timeout=play.options.deadline), "interrupted")


def test_features(case: AbstractContextManager[Play]) -> None:
    """Every feature that is declared is there: a small module of it compiles, and gives its result."""
    with case as play:
        worker = play.worker(interruptible=False)
        for scenario in modules(play):
            if play.offered(scenario, worker):
                with claim(play, f"features: {', '.join(scenario.header.needs) or 'mvp'}"):
                    stage = play.stage(scenario.id, worker=worker)
                    play.call(stage, Limits(timeout=play.options.finite), scenario.header.off)


def test_features_refused(case: AbstractContextManager[Play]) -> None:
    """A module of a feature that is not declared is refused."""
    with case as play:
        refuses_others(play, play.worker(interruptible=False))


def test_features_narrowed(case: AbstractContextManager[Play]) -> None:
    """The same where the engine was asked for the first version of the standard alone."""
    with case as play:
        first = version("1.0")
        worker = play.worker(interruptible=False, features=first)
        more = ", ".join(sorted(worker.welcome.capabilities.features - first))
        play.check(not more, f"declares features: {more}, although narrowed to the first version")
        refuses_others(play, worker)


def refuses_others(play: Play, worker: Worker) -> None:
    """No module is taken that needs what the engine does not declare."""
    for scenario in modules(play):
        missing = scenario.program.features - worker.welcome.capabilities.features
        if missing:
            with claim(play, f"features without {', '.join(sorted(missing))}"):
                play.check(refuses(play, worker, scenario), f"but takes {scenario.fixture}")


def modules(play: Play) -> Iterator[Scenario]:
    """A small scenario of every feature."""
    return (scenario for scenario in play.scenarios.values() if scenario.group == "features")


def refuses(play: Play, worker: Worker, scenario: Scenario) -> bool:
    """Whether one of a scenario's modules is refused when it is compiled."""
    commands = [Compile(f"undeclared:{name}", binary) for name, binary in scenario.program.modules]
    reports = list(worker.run(commands, patience=play.options.setup / S))
    refused = False
    for report in reports:
        if isinstance(report.outcome, (Malformed, Invalid, Unsupported)):
            refused = True
        else:
            play.done(report.outcome, f"compiling {scenario.fixture}")
    play.run(worker, [Drop(module=command.module) for command in commands], "forgetting it")
    return refused
