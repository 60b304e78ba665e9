"""Threads that are terminated: what is told to stop stops, its neighbours run on."""

from __future__ import annotations

import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from engines.node import MAIN
from harness.context import Cause
from harness.outcome import Hung, Interrupted, Number, Returned
from harness.sandbox.protocol import Get, Host, Instantiate, Invoke, Limits, Register

if TYPE_CHECKING:
    from tests.node.conftest import Node

SPIN = """(module
  (global (export "g") i32 (i32.const 7))
  (func (export "run") (loop $again (br $again)))
  (func (export "answer") (result i32) (i32.const 42)))"""
SHARED = """(module
  (memory (import "B" "m") 1 1 shared)
  (func (export "run") (loop $again (drop (i64.atomic.rmw.add (i32.const 0) (i64.const 1))) (br $again)))
  (func (export "read") (result i64) (i64.atomic.load (i32.const 0))))"""


@pytest.mark.parametrize("way", ["deadline", "cancelled", "closed"])
def test_interruption_and_afterwards(node: Node, way: str) -> None:
    node.make(SPIN)
    job = node.submit("run", Limits(timeout=20_000_000 if way == "deadline" else None))
    job.started(0, 30)
    if way == "cancelled":
        job.cancel()
    elif way == "closed":
        node.worker.close_instance("i")
    (report,) = job.reports(patience=30)
    assert report.outcome == Interrupted(Cause(way))
    assert (report.done is not None) == (way != "closed")
    assert node.run(Invoke("i", "run"), Get("i", "g")) == [report.outcome] * 2
    assert node.run(Instantiate("i", "i"), Invoke("i", "answer")) == [
        Returned(),
        Returned((Number("i32", "42"),)),
    ]


def test_done_before(node: Node) -> None:
    """The call does not begin, so its instance is closed, but still there."""
    node.make(SPIN)
    for limits, cause in ((Limits(timeout=-1), Cause.DEADLINE), (Limits(cancelled=True), Cause.CANCELLED)):
        node.run(Instantiate("i", "i"))
        (report,) = node.submit("run", limits).reports(patience=30)
        assert report.outcome == Interrupted(cause)
        assert node.run(Invoke("i", "answer"), Get("i", "g")) == [
            report.outcome,
            Returned((Number("i32", "7"),)),
        ]


def test_a_start_function(node: Node) -> None:
    made = node.make("(module (func $f (loop (br 0))) (start $f))", limits=Limits(timeout=20_000_000))
    assert made == Interrupted(Cause.DEADLINE)


def test_a_neighbour_runs_on(node: Node) -> None:
    node.make(SPIN)
    node.make(SPIN, "j")
    stays, stopped = node.submit("run", Limits(), "j"), node.submit("run", Limits())
    for job in (stays, stopped):
        job.started(0, 30)
    stopped.cancel()
    (report,) = stopped.reports(patience=30)
    assert report.outcome == Interrupted(Cause.CANCELLED)
    assert not stays.complete
    stays.cancel()
    (report,) = stays.reports(patience=30)
    assert report.outcome == Interrupted(Cause.CANCELLED)


def test_a_shared_memory_outlives_who_was_stopped(node: Node) -> None:
    node.make('(module (memory (export "m") 1 1 shared))', "b")
    node.run(Register("B", "b"))
    for name in ("i", "j"):
        assert node.make(SHARED, name) == Returned()
    job = node.submit("run", Limits())
    job.started(0, 30)
    while node.run(Invoke("j", "read")) == [Returned((Number("i64", "0"),))]:
        time.sleep(0.001)
    job.cancel()
    (report,) = job.reports(patience=30)
    assert report.outcome == Interrupted(Cause.CANCELLED)
    counted = node.run(Invoke("j", "read"))
    assert counted == node.run(Invoke("j", "read")) != [Returned((Number("i64", "0"),))]


def test_closing_the_callee_ends_the_caller(node: Node) -> None:
    node.make('(module (func (export "spin") (loop $again (br $again))))', "b")
    node.run(Register("B", "b"))
    node.make('(module (func $spin (import "B" "spin")) (func (export "run") (call $spin)))')
    job = node.submit("run", Limits())
    job.started(0, 30)
    node.worker.close_instance("b")
    (report,) = job.reports(patience=30)
    assert report.outcome == Interrupted(Cause.CLOSED)


def test_off_runs_on(off: Node) -> None:
    off.make(SPIN)
    assert off.run(Invoke("i", "answer", limits=Limits(timeout=-1))) == [Returned((Number("i32", "42"),))]
    job = off.submit("run", Limits(timeout=1_000_000))
    assert job.started(0, 30) is not None
    (report,) = job.reports(patience=0.3)
    assert report.outcome == Hung(0.3)


def test_host_functions(node: Node) -> None:
    node.run(Host("host", ("cancel", "reenter", "swallow", "sleep")))
    made = node.make(
        """(module
          (func $cancel (import "host" "cancel")) (func $reenter (import "host" "reenter"))
          (func $swallow (import "host" "swallow")) (func $sleep (import "host" "sleep") (param i32))
          (func (export "inner") (call $cancel) (loop $again (br $again)))
          (func (export "reenter") (call $reenter))
          (func (export "swallow") (call $swallow) (loop $again (br $again)))
          (func (export "sleep") (call $sleep (i32.const 60000))))"""
    )
    assert made == Returned()
    for export in ("reenter", "swallow"):
        node.run(Instantiate("i", "i"))
        (report,) = node.submit(export, Limits()).reports(patience=30)
        assert report.outcome == Interrupted(Cause.CANCELLED)
    node.run(Instantiate("i", "i"))
    (report,) = node.submit("sleep", Limits(timeout=1_000_000)).reports(patience=30)
    assert report.outcome == Interrupted(Cause.DEADLINE)


def test_it_ends_with_its_input_whatever_runs(installed: str) -> None:
    """A thread that cannot be terminated would keep `process.exit`; nobody is there to kill it."""
    process = subprocess.Popen([installed, MAIN], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(b'{"say":"hello"}\n')
    process.stdin.flush()
    assert b"welcome" in process.stdout.readline()
    process.stdin.close()
    process.stdout.close()
    assert process.wait(30) == 1


def test_it_ends_also_while_a_call_runs(node: Node) -> None:
    node.make(SPIN)
    node.submit("run", Limits()).started(0, 30)
    exit = node.worker.close(grace=30)
    assert exit.by_itself
    assert exit.status == 0
