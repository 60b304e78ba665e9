"""Being interruptible changes nothing but when a call ends; not being so means to run on."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from harness.engine import Unavailable
from harness.measure import overhead
from harness.measure.sides import Unmeasurable
from harness.registry import Choice
from harness.sandbox.protocol import Compile, Instantiate, Limits
from harness.sandbox.supervisor import WorkerError
from harness.scenarios.options import S
from harness.wast.transparency import told

KERNELS = ("kernel-count", "kernel-fib")
"""One of loops, one of calls: that is where engines poll."""
ALLOWED = 1.05
"""Of the time without the option."""
ROUNDS = 3

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from harness.scenarios import Scenario
    from harness.scenarios.play import Play


def test_same_result(case: AbstractContextManager[Play]) -> None:
    """Results, globals and memories of every call that returns are bit-identical, on and off."""
    with case as play:
        compare(play, "returns")


def test_same_trap(case: AbstractContextManager[Play]) -> None:
    """Every call that traps does so alike, and leaves the same globals and memories, on and off."""
    with case as play:
        compare(play, "traps")


def test_off_runs_on(case: AbstractContextManager[Play]) -> None:
    """With cancellation off an endless call is still running past its deadline."""
    with case as play:
        stage = play.stage("loop-br", interruptible=False)
        limits = Limits(timeout=play.options.deadline)
        play.call(stage, limits, "runs-on", patience=play.options.grace)


def test_off_finishes_late(case: AbstractContextManager[Play]) -> None:
    """With cancellation off a finite call returns its value, although its deadline had passed before."""
    with case as play:
        stage = play.stage("loop-header-unused", interruptible=False)
        play.call(stage, Limits(timeout=0), "returns 42")
        play.call(stage, Limits(cancelled=True), "returns 42")


def test_off_costs_nothing(case: AbstractContextManager[Play]) -> None:
    """With cancellation off it is as fast as the same engine without the option, if it names such a one."""
    with case as play:
        plain = play.worker(interruptible=False).welcome.capabilities.plain
        if not plain:
            play.unsupported("names no build of itself without the option, to be compared with")
        told = [cost(play, play.scenarios[kernel], plain) for kernel in KERNELS]
        play.remark("; ".join(told))


def test_cache_key(case: AbstractContextManager[Play]) -> None:
    """On and off are never mixed up by a cache of code: a module new to it, in both orders, then again."""
    with case as play:
        for order in ((True, False), (False, True)):
            note = custom_section(os.urandom(16))
            for interruptible in order * 2:
                run_new_module(play, note, interruptible=interruptible)


def cost(play: Play, kernel: Scenario, plain: str) -> str:
    """What a kernel takes off, as a multiple of what it takes without the option.

    It is wrong only if, in each of several rounds, all of the interval is above what is allowed, and the
    control, which is the plain engine measured against itself, shows that the machine is quiet enough to say.
    """
    for _ in range(ROUNDS):
        try:
            found = overhead.compare(kernel, Choice(play.engine), Choice(plain), play.options.pairs)
        except Unmeasurable as error:
            play.done(error.outcome, str(error))
            play.check(False, str(error))  # it did return, but another value
        except (Unavailable, WorkerError) as error:
            play.check(False, f"{plain}, which it names, cannot be had: {error}")
        told = f"{kernel.id}: {found.ratio:.3f} ({found.low:.3f} to {found.high:.3f}) of {plain}"
        if found.noise:
            told += f", but the machine is too noisy to say: {found.noise}"
        if found.noise or found.low <= ALLOWED:
            return told
    play.check(False, f"off is slower than without the option, {ROUNDS} times: {told}")
    return told


def compare(play: Play, word: str) -> None:
    """Run every scenario that ends in this way on two processes, on and off."""
    workers = play.worker(interruptible=True), play.worker(interruptible=False)
    compared = 0
    for scenario in finite(play, word):
        if not play.offered(scenario, workers[0]):
            continue
        found = []
        for worker in workers:
            stage = play.stage(scenario.id, worker=worker)
            (report,) = stage.submit(Limits(timeout=play.options.finite)).reports(
                patience=(play.options.finite + play.options.patience) / S
            )
            play.judge(report.outcome, None, scenario.header.on, results=stage.program.results)
            has_instance = scenario.header.invoke is not None
            found.append((report.outcome, stage.state() if has_instance else []))
            stage.forget()
        on, off = ([*told([outcome, *(read for _, read in state)])] for outcome, state in found)
        play.check(on == off, f"{scenario.id}: on {found[0]}, off {found[1]}")
        compared += 1
    play.check(compared > 0, "there was nothing to compare")


def finite(play: Play, word: str) -> Iterator[Scenario]:
    """The scenarios that end in this way, on and off."""
    for scenario in play.scenarios.values():
        if scenario.header.on.startswith(word) and scenario.header.on == scenario.header.off:
            yield scenario


def run_new_module(play: Play, note: bytes, *, interruptible: bool) -> None:
    """An endless call of a module with such a custom section, on a process that has not seen it."""
    stage = play.stage("loop-br", interruptible=interruptible)
    binary = stage.program.modules[-1].binary + note
    commands = (Compile(stage.instance, binary), Instantiate(stage.instance, stage.instance))
    play.run(stage.worker, commands, "a custom section more")
    limits = Limits(timeout=play.options.deadline)
    if interruptible:
        play.call(stage, limits, "interrupted")
    else:
        play.call(stage, limits, "runs-on", patience=play.options.grace)


def custom_section(content: bytes) -> bytes:
    """A custom section named "note", of less than 128 bytes (standard, "Binary Format / Modules")."""
    named = b"\4note" + content
    return bytes([0, len(named)]) + named
