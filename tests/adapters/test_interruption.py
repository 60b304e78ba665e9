"""Calls that are told to stop, what is left of their instances, and who is not told."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from harness.context import Cause
from harness.outcome import Hung, Interrupted, Number, Returned
from harness.sandbox.protocol import Close, Get, Host, Instantiate, Invoke, Limits

if TYPE_CHECKING:
    from harness.sandbox.supervisor import Job
    from tests.adapters.conftest import Adapter

SPIN = """(module
  (global (export "g") i32 (i32.const 7))
  (func (export "run") (loop $again (br $again)))
  (func (export "answer") (result i32) (i32.const 42)))"""
START = "(module (func $f (loop $again (br $again))) (start $f))"
SHARED = """(module
  (memory (import "{}" "m") 1 1 shared)
  (func (export "run") (loop $again (drop (i64.atomic.rmw.add (i32.const 0) (i64.const 1))) (br $again)))
  (func (export "read") (result i64) (i64.atomic.load (i32.const 0))))"""
NESTED = """(module
  (func $enter (import "{host}" "{function}"))
  (func $cancel (import "{host}" "cancel"))
  (func (export "inner") (call $cancel) {inner})
  (func (export "run") (call $enter) (loop $again (br $again))))"""
SOON = 20_000_000
"""A timeout in nanoseconds."""
PATIENCE = 60.0
SEVEN = Returned((Number("i32", "7"),))
FORTY_TWO = Returned((Number("i32", "42"),))
DONE = [(Limits(timeout=-1), Cause.DEADLINE), (Limits(cancelled=True), Cause.CANCELLED)]
"""Contexts that are done before anything begins."""


def _end(job: Job) -> Cause:
    (report,) = job.reports(patience=PATIENCE)
    assert isinstance(report.outcome, Interrupted)
    return report.outcome.cause


@pytest.mark.parametrize("way", ["deadline", "cancelled", "closed"])
def test_a_call_and_what_is_left(stoppable: Adapter, way: str) -> None:
    instance = stoppable.make(SPIN)
    job = stoppable.start(instance, "run", SOON if way == "deadline" else None)
    if way == "cancelled":
        job.cancel()
    elif way == "closed":
        stoppable.worker.close_instance(instance)
    (report,) = job.reports(patience=PATIENCE)
    assert report.outcome == Interrupted(Cause(way))
    assert (report.done is not None) == (way != "closed")
    usable = stoppable.capabilities.after_interrupt == "reusable" and way != "closed"
    assert stoppable.call(instance, "answer") == (FORTY_TWO if usable else report.outcome)
    if way != "closed":
        gone = stoppable.capabilities.after_interrupt == "gone"
        assert stoppable.run(Get(instance, "g")) == [report.outcome if gone else SEVEN]
    assert stoppable.run(Instantiate(instance, instance), Invoke(instance, "answer")) == [
        Returned(),
        FORTY_TWO,
    ]


@pytest.mark.parametrize(("limits", "cause"), DONE, ids=["deadline", "cancelled"])
def test_done_before(stoppable: Adapter, limits: Limits, cause: Cause) -> None:
    instance = stoppable.make(SPIN)
    assert stoppable.call(instance, "run", limits=limits) == Interrupted(cause)
    usable = stoppable.capabilities.after_interrupt == "reusable"
    assert stoppable.call(instance, "answer") == (FORTY_TWO if usable else Interrupted(cause))
    assert stoppable.run(Get(instance, "g")) == [SEVEN]


@pytest.mark.parametrize(
    ("limits", "cause"),
    [*DONE, (Limits(timeout=SOON), Cause.DEADLINE)],
    ids=["before", "cancelled", "deadline"],
)
def test_a_start_function(stoppable: Adapter, limits: Limits, cause: Cause) -> None:
    stoppable.covers("instantiate")
    _, outcome = stoppable.instantiate(START, limits)
    assert outcome == Interrupted(cause)


def test_a_neighbour_runs_on(stoppable: Adapter) -> None:
    running = stoppable.start(stoppable.make(SPIN), "run")
    for _ in range(5):
        assert _end(stoppable.start(stoppable.make(SPIN), "run", SOON // 10)) is Cause.DEADLINE
    stopped = stoppable.start(stoppable.make(SPIN), "run")
    stopped.cancel()
    assert _end(stopped) is Cause.CANCELLED
    assert not running.complete
    running.cancel()
    assert _end(running) is Cause.CANCELLED


def test_a_shared_memory_ties_nobody(stoppable: Adapter) -> None:
    stoppable.needs("threads")
    name = stoppable.name()
    stoppable.make('(module (memory (export "m") 1 1 shared))', name)
    writer, reader = (stoppable.make(SHARED.format(name)) for _ in range(2))
    job = stoppable.start(writer, "run")
    nothing = Returned((Number("i64", "0"),))
    while stoppable.call(reader, "read") == nothing:
        time.sleep(0.001)
    job.cancel()
    assert _end(job) is Cause.CANCELLED
    counted = stoppable.call(reader, "read")
    assert counted == stoppable.call(reader, "read") != nothing


def test_closing_the_callee_ends_the_caller(stoppable: Adapter) -> None:
    name = stoppable.name()
    callee = stoppable.make(SPIN, name)
    caller = stoppable.make(f'(module (func $f (import "{name}" "run")) (func (export "run") (call $f)))')
    job = stoppable.start(caller, "run")
    job.wait(1)  # until it has come there, also on a busy machine
    stoppable.worker.close_instance(callee)
    assert _end(job) is Cause.CLOSED


@pytest.mark.parametrize(
    ("function", "inner"),
    [
        ("reenter", "(loop $again (br $again))"),
        ("swallow", "(loop $again (br $again))"),
        ("reenter-background", ""),
    ],
    ids=["reenter", "swallow", "reenter-background"],
)
def test_calls_within_calls(stoppable: Adapter, function: str, inner: str) -> None:
    """The inner call is stopped with the outer; what happened meanwhile is not forgotten."""
    host = stoppable.name()
    stoppable.run(Host(host, (function, "cancel")))
    instance = stoppable.make(NESTED.format(host=host, function=function, inner=inner))
    assert _end(stoppable.start(instance, "run")) is Cause.CANCELLED


def test_a_function_of_the_host_that_sleeps(stoppable: Adapter) -> None:
    stoppable.covers("host")
    host = stoppable.name()
    stoppable.run(Host(host, ("sleep",)))
    instance = stoppable.make(
        f"""(module (func $sleep (import "{host}" "sleep") (param i32))
          (func (export "run") (call $sleep (i32.const 3_600_000))))"""
    )
    assert _end(stoppable.start(instance, "run", SOON)) is Cause.DEADLINE


def test_a_closed_instance_refuses(adapter: Adapter, off: Adapter) -> None:
    for one in (adapter, off):
        instance = one.make(SPIN)
        assert one.run(Close(instance), Invoke(instance, "answer")) == [Returned(), Interrupted(Cause.CLOSED)]


@pytest.mark.parametrize("limits", [limits for limits, _ in DONE], ids=["deadline", "cancelled"])
def test_off_means_the_context_is_not_looked_at(off: Adapter, limits: Limits) -> None:
    name, outcome = off.instantiate(SPIN, limits)
    assert outcome == Returned()
    assert off.call(name, "answer", limits=limits) == FORTY_TWO


def _runs_on(adapter: Adapter) -> None:
    (report,) = adapter.start(adapter.make(SPIN), "run", 1_000_000).reports(patience=0.3)
    assert report.outcome == Hung(0.3)


def test_off_runs_on(off: Adapter) -> None:
    _runs_on(off)


def test_who_stops_nothing_runs_on(adapter: Adapter) -> None:
    if adapter.capabilities.interrupts != "none":
        pytest.skip(f"{adapter.worker.welcome.engine} says that it stops calls")
    _runs_on(adapter)
