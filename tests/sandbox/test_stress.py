"""Much at once, and nothing left over."""

from __future__ import annotations

import gc
import threading
from typing import TYPE_CHECKING, Protocol

import psutil

from harness.context import Cause
from harness.outcome import Interrupted, Number, Returned
from harness.sandbox.protocol import Command, Compile, Drop, Instantiate, Invoke, Limits

if TYPE_CHECKING:
    from harness.sandbox.supervisor import Worker

MODULE = b"echo: echo\nspin: spin\nanswer: return i32:42"
CANCELLED = Interrupted(Cause.CANCELLED)


class Start(Protocol):
    def __call__(self, name: str, *, interruptible: bool = ...) -> Worker: ...


def echo(n: int) -> Command:
    return Invoke("i", "echo", (Number("i64", str(n)),))


def instantiate(worker: Worker, name: str = "i") -> None:
    assert len(list(worker.run([Compile("m", MODULE), Instantiate(name, "m")], patience=60))) == 2


def test_a_script_of_ten_thousand(start: Start) -> None:
    worker = start("honest:Honest")
    instantiate(worker)
    for index, report in enumerate(worker.run([echo(n) for n in range(10_000)], patience=60)):
        assert report.index == index
        assert report.outcome == Returned((Number("i64", str(index)),))


def test_a_thousand_scripts_at_once(start: Start) -> None:
    worker = start("honest:Honest")
    instantiate(worker)
    jobs = [worker.submit([echo(n) for n in range(number, number + 10)]) for number in range(1000)]
    for number, job in enumerate(jobs):
        expected = [Returned((Number("i64", str(n)),)) for n in range(number, number + 10)]
        assert [report.outcome for report in job.reports(patience=60)] == expected


def test_a_script_larger_than_any_pipe(start: Start) -> None:
    worker = start("honest:Honest")
    module = MODULE + b"\n" * 5_000_000
    reports = worker.run([Compile("m", module), Instantiate("i", "m"), echo(1)], patience=60)
    assert [report.outcome for report in reports][2] == Returned((Number("i64", "1"),))


def test_large_scripts_to_a_worker_that_does_not_listen(start: Start) -> None:
    worker = start("wrong:HoldsInterpreter")
    instantiate(worker)
    job = worker.submit([Invoke("i", "spin", limits=Limits())])
    assert job.started(0, 60)
    waiting = worker.submit([Compile("m", b"\n" * 5_000_000)])
    worker.close_instance("i")
    assert [type(report.outcome).__name__ for report in job.reports(patience=0.2)] == ["Hung"]
    assert [type(report.outcome).__name__ for report in waiting.reports(patience=60)] == ["NotRun"]


def test_a_storm_of_cancels(start: Start) -> None:
    """64 threads cancel 16 calls, many times over; every call ends once, and what follows is untouched."""
    worker = start("honest:Honest")
    for n in range(16):
        instantiate(worker, f"i{n}")
    jobs = [
        worker.submit([Invoke(f"i{n}", "spin", limits=Limits()), Invoke(f"i{n}", "echo"), echo(n)])
        for n in range(16)
    ]
    for job in jobs:
        assert job.started(0, 60)

    def storm(first: int) -> None:
        for n in range(32):
            jobs[(first + n) % 16].cancel()

    threads = [threading.Thread(target=storm, args=(n,)) for n in range(64)]
    for thread in threads:
        thread.start()
    outcomes = [[report.outcome for report in job.reports(patience=60)] for job in jobs]
    for thread in threads:
        thread.join()
    missing = [job[2] for job in outcomes]
    assert [job[:2] for job in outcomes] == [[CANCELLED, CANCELLED]] * 16
    assert {type(outcome).__name__ for outcome in missing} == {"Failed"}  # there is no instance "i"
    instantiate(worker)
    assert next(worker.run([echo(7)], patience=60)).outcome == Returned((Number("i64", "7"),))
    assert worker.close(grace=60).by_itself


def test_interrupted_calls_leave_nothing_in_the_worker(start: Start) -> None:
    worker = start("honest:Honest")

    def interrupt(times: int) -> None:
        cycle = (
            Compile("m", MODULE),
            Instantiate("i", "m"),
            Invoke("i", "spin", limits=Limits(timeout=100_000)),
            Invoke("i", "answer", limits=Limits(timeout=3600 * 10**9)),
            Drop(module="m", instance="i"),
        )
        assert len(list(worker.run(cycle * times, patience=60))) == 5 * times

    interrupt(50)
    threads, descriptors, resident = worker.threads(), worker.descriptors(), worker.resident()
    interrupt(500)
    assert worker.threads() <= threads + 1  # the last script's may be about to end
    assert worker.descriptors() == descriptors
    assert worker.resident() < resident + (8 << 20)


def test_workers_leave_nothing_in_the_harness(start: Start) -> None:
    us = psutil.Process()
    start("honest:Honest").close()  # from here on there is a keeper
    gc.collect()  # what other tests have left
    descriptors, threads = us.num_fds(), threading.active_count()
    for name, end in [("honest:Honest", "close"), ("wrong:Segfaults", "run"), ("wrong:Deaf", "kill")] * 3:
        worker = start(name)
        instantiate(worker)
        if end == "run":
            assert len(list(worker.run([Invoke("i", "spin", limits=Limits())], patience=60))) == 1
        else:
            getattr(worker, end)()
        assert not worker.alive
        assert us.num_fds() <= descriptors  # fewer, where an earlier test's end comes now
    assert threading.active_count() <= threads


def test_results_that_nobody_waits_for_are_dropped_in_order(start: Start) -> None:
    worker = start("honest:Honest")
    instantiate(worker)
    for _ in range(20):
        reports = worker.run([echo(n) for n in range(1000)], patience=60)
        assert next(reports).outcome == Returned((Number("i64", "0"),))
    assert next(worker.run([echo(5)], patience=60)).outcome == Returned((Number("i64", "5"),))
