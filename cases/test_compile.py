"""Contexts and compilation: given up in its middle, an engine has lost nothing but the module."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from harness.measure import workloads
from harness.outcome import Interrupted
from harness.sandbox.protocol import Compile, Drop, Instantiate, Limits
from harness.scenarios.judge import due, lateness
from harness.scenarios.options import S

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from harness.outcome import Outcome
    from harness.results import Way
    from harness.sandbox.supervisor import Worker
    from harness.scenarios.play import Play

FUNCTIONS = (1000, 50)
"""Of the modules: 62 000 instructions, and few enough that an engine may take more care over each."""
PARTS = (2, 8, 32)
"""When it is told to stop: after a half, an eighth and so on of the time that such a module takes."""
WAYS: tuple[Way, ...] = ("deadline", "cancel")


def test_cancel_during_compile(case: AbstractContextManager[Play]) -> None:
    """Compiling a large module ends at a deadline or a cancel, or the engine says that it does not.

    Seen: wazero, where compiling ignores the context.
    """
    with case as play:
        stage = play.stage("loop-br")
        play.covered(stage, "compile")
        worker = stage.worker
        seeds = count()
        for functions in FUNCTIONS:
            whole = compiled(play, worker, functions, next(seeds))
            for way in WAYS:
                ends: set[type] = set()
                for part in PARTS:
                    module = workloads.functions(functions, next(seeds))  # new to whatever keeps code
                    ends.add(type(stopped(play, worker, module, way, whole // part)))
                play.check(Interrupted in ends, f"every {way} came too late for {functions} functions")
        compiled(play, worker, functions, next(seeds))
        stage.run([Drop(module="large", instance="large"), Drop(module="given up")])


def compiled(play: Play, worker: Worker, functions: int, seed: int) -> int:
    """Nanoseconds that it takes to compile such a module; what comes of it can be instantiated."""
    module = workloads.functions(functions, seed)
    limits = Limits(timeout=play.options.finite)
    commands = Compile("large", module, limits), Instantiate("large", "large")
    reports = list(worker.run(commands, patience=(play.options.finite + play.options.patience) / S))
    for report in reports:
        play.done(report.outcome, f"compiling {functions} functions")
    return (reports[0].ended or 0) - (reports[0].started or 0)


def stopped(play: Play, worker: Worker, module: bytes, way: Way, after: int) -> Outcome:
    """Compile, and tell it to stop after so many nanoseconds; a module that is done by then is right, too."""
    if way == "deadline":
        job = worker.submit([Compile("given up", module, Limits(timeout=after))])
        (report,) = job.reports(patience=(after + play.options.patience) / S)
        told = due(report, job.sent or 0, after)
    else:
        job = worker.submit([Compile("given up", module, Limits())])
        job.started(0, play.options.setup / S)
        job.wait(after / S)
        told = job.cancel()
        (report,) = job.reports(patience=play.options.patience / S)
    return play.judge(report.outcome, lateness(report, told), "interrupted or returns", way)
