"""The adapter of Chicory: values to the bit, errors of the right kind, interruption, host functions."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness import expectations
from harness.context import Cause
from harness.engine import TrapKind
from harness.outcome import (
    Exhausted,
    Failed,
    Hung,
    Interrupted,
    Invalid,
    Malformed,
    Number,
    Returned,
    Trapped,
    Unlinkable,
    Unsupported,
)
from harness.registry import Choice
from harness.sandbox import protocol
from harness.sandbox.protocol import Get, Host, Instantiate, Invoke, Limits, ReadMemory, Set, WriteMemory
from harness.sandbox.supervisor import Worker
from harness.scenarios import discover

if TYPE_CHECKING:
    from tests.chicory.conftest import Chicory

SPIN = """(module
  (func (export "run") (loop $again (br $again)))
  (func (export "answer") (result i32) (i32.const 42)))"""
FILE = Path(__file__).parents[2] / "engines" / "chicory" / expectations.FILE


def test_it_says_what_it_is(chicory: Chicory, name: str) -> None:
    welcome = chicory.worker.welcome
    assert welcome.engine == name
    pinned = f"<chicory.version>{welcome.engine_version}</chicory.version>"
    assert pinned in (FILE.parent / "pom.xml").read_text()
    assert {"mvp", "tail-call", "gc", "exceptions", "threads"} <= welcome.capabilities.features
    assert not {"simd", "memory64"} & welcome.capabilities.features
    assert welcome.capabilities.covers == {"instantiate", "host", "blocking"}


def test_features_are_narrowed(name: str) -> None:
    with Worker(Choice(name, features=("mvp", "multi-value"))) as worker:
        assert worker.welcome.capabilities.features == {"mvp", "multi-value"}


@pytest.mark.parametrize(
    "value",
    [
        Number("i32", str(0xFFFFFFFF)),
        Number("i64", str(1 << 63)),
        Number("f32", str(0x7F800001)),
        Number("f64", str(0x7FF0000000000001)),
        Number("extern", "0"),
        Number("extern", None),
    ],
    ids=str,
)
def test_values_keep_their_bits(chicory: Chicory, value: Number) -> None:
    kind = "externref" if value.type == "extern" else value.type
    chicory.make(
        f"""(module
          (global (export "g") (mut {kind}) ({kind}.const 0))
          (func (export "same") (param i32 {kind} i32) (result i32 {kind} i32)
            local.get 0 local.get 1 local.get 2))""".replace("(externref.const 0)", "(ref.null extern)")
    )
    one = Number("i32", "1")
    assert chicory.run(Invoke("i", "same", (one, value, one))) == [Returned((one, value, one))]
    if value.bits is None or kind != "externref":
        assert chicory.run(Set("i", "g", value), Get("i", "g")) == [Returned(), Returned((value,))]


def test_memory(chicory: Chicory) -> None:
    chicory.make('(module (memory (export "m") 1))')
    written, read, beyond, missing = chicory.run(
        WriteMemory("i", "m", 65535, b"a"),
        ReadMemory("i", "m", 65535, 1),
        ReadMemory("i", "m", 65535, 2),
        ReadMemory("i", "n"),
    )
    digest = sha256(b"a").digest()
    halves = (str(int.from_bytes(half, "big")) for half in (digest[:16], digest[16:]))
    assert written == Returned()
    assert read == Returned((Number("i64", "65536"), *(Number("v128", half) for half in halves)))
    assert isinstance(beyond, Failed)
    assert isinstance(missing, Failed)


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ("unreachable", TrapKind.UNREACHABLE),
        ("(drop (i32.div_s (i32.const 1) (i32.const 0)))", TrapKind.DIVIDE_BY_ZERO),
        ("(drop (i32.load (i32.const 65536)))", TrapKind.MEMORY_BOUNDS),
        ("(call_indirect (i32.const 0))", TrapKind.UNINITIALIZED_ELEMENT),
        ("(call 0)", Exhausted()),
    ],
)
def test_traps(chicory: Chicory, body: str, outcome: TrapKind | Exhausted) -> None:
    chicory.make(f'(module (memory 1) (table 1 funcref) (func (export "run") {body}))')
    (came,) = chicory.run(Invoke("i", "run"))
    assert (came.kind if isinstance(came, Trapped) else came) == outcome


def test_malformed_is_not_invalid(chicory: Chicory) -> None:
    assert isinstance(chicory.run(protocol.Compile("m", b"\0asm\1\0\0\0\1"))[0], Malformed)
    assert isinstance(chicory.make("(module (func (result i32)))"), Invalid)
    assert isinstance(chicory.make('(module (import "nobody" "f" (func)))'), Unlinkable)
    assert isinstance(chicory.run(protocol.Wasi("wasi_snapshot_preview1"))[0], Unsupported)


@pytest.mark.parametrize("way", ["deadline", "cancelled", "closed"])
def test_interruption_and_afterwards(chicory: Chicory, way: str) -> None:
    chicory.make(SPIN)
    job = chicory.submit("run", Limits(timeout=20_000_000 if way == "deadline" else None))
    job.started(0, 30)
    if way == "cancelled":
        job.cancel()
    elif way == "closed":
        chicory.worker.close_instance("i")
    (report,) = job.reports(patience=30)
    assert report.outcome == Interrupted(Cause(way))
    assert (report.done is not None) == (way != "closed")
    answer = [report.outcome] if way == "closed" else [Returned((Number("i32", "42"),))]
    assert chicory.run(Invoke("i", "answer")) == answer


def test_off_runs_on(off: Chicory) -> None:
    off.make(SPIN)
    job = off.submit("run", Limits(timeout=1_000_000))
    assert job.started(0, 30) is not None
    (report,) = job.reports(patience=0.3)
    assert report.outcome == Hung(0.3)


def test_host_functions(chicory: Chicory) -> None:
    chicory.run(Host("host", ("cancel", "reenter", "swallow", "sleep")))
    made = chicory.make(
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
        chicory.run(Instantiate("i", "i"))
        (report,) = chicory.submit(export, Limits()).reports(patience=30)
        assert report.outcome == Interrupted(Cause.CANCELLED)
    chicory.run(Instantiate("i", "i"))
    (report,) = chicory.submit("sleep", Limits(timeout=1_000_000)).reports(patience=30)
    assert report.outcome == Interrupted(Cause.DEADLINE)


def test_known_failures_are_about_cases_that_exist() -> None:
    known = expectations.load(FILE)
    scenarios = {scenario.id for scenario in discover().scenarios}
    cases = "".join(path.read_text() for path in (FILE.parents[2] / "cases").glob("test_*.py"))
    for failure in known.scenario:
        for id in failure.ids:
            assert id in scenarios or f"def test_{id.replace('-', '_')}(" in cases
